/** A cell and its error in a few words: pure. */

/** Characters of an error's message that the bar shows; all of it stands below the cell. */
const MESSAGE = 160;

/** An error in a line: the beginning of its message. */
export function shortened(message: string): string {
  const line = message.trim().split('\n')[0] ?? '';
  return line.length > MESSAGE ? `${line.slice(0, MESSAGE - 1)}…` : line;
}

/** Enough of a cell's source to recognise it by. */
export function firstLine(source: string): string {
  const line = source.trim().split('\n')[0] ?? '';
  return `“${line.length > 40 ? `${line.slice(0, 39)}…` : line}”`;
}
