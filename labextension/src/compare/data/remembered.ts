/** Answers about columns of numbers that never change, each computed once. */

export class Remembered<Answer> {
  private readonly known = new WeakMap<
    Float64Array,
    { asked: readonly number[]; answer: Answer }
  >();

  /** What `compute` answers for `values`, anew only where it was last asked with other numbers. */
  of(values: Float64Array, asked: readonly number[], compute: () => Answer): Answer {
    const before = this.known.get(values);
    if (
      before?.asked.length === asked.length &&
      asked.every((number, index) => Object.is(number, before.asked[index]))
    ) {
      return before.answer;
    }
    const answer = compute();
    this.known.set(values, { asked, answer });
    return answer;
  }
}
