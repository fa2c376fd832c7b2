/** Names that tell the runs of a comparison apart: the twin of `view/compare/labels.py`. */
import type { Compared } from '../../protocol';
import type { Decoded } from '../../runs/values';

export type ComparedRun = Decoded<Compared>;

/** The run folder's name. */
export function nameOf(run: { key: string }): string {
  return run.key.slice(run.key.lastIndexOf('/') + 1);
}

/** The runs without those that were asked for before. */
export function distinct<Run extends { key: string }>(runs: readonly Run[]): Run[] {
  const seen = new Set<string>();
  return runs.filter(({ key }) => !seen.has(key) && seen.add(key));
}

/** Per key the shortest name that no other run of the comparison has. */
export function labels(runs: readonly { key: string; title: string }[]): Map<string, string> {
  const count = new Map<string, number>();
  const short = runs.map(run => run.title || nameOf(run));
  for (const name of short) {
    count.set(name, (count.get(name) ?? 0) + 1);
  }
  const keys = runs.map(run => run.key);
  return new Map(
    runs.map(({ key }, index) => {
      const name = short[index] ?? key;
      return [key, count.get(name) === 1 ? name : tail(key, keys)];
    })
  );
}

function tail(key: string, keys: readonly string[]): string {
  const parts = key.split('/');
  const others = keys.filter(one => one !== key).map(one => one.split('/'));
  for (let size = 1; size < parts.length; size++) {
    const end = parts.slice(-size).join('/');
    if (others.every(other => other.slice(-size).join('/') !== end)) {
      return end;
    }
  }
  return key;
}
