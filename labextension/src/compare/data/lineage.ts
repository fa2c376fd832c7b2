/** Forks as a tree in time: the twin of `view/compare/lineage.py`. */
import type { ComparedRun } from './labels';

export interface Node {
  key: string;
  /** Key of the run that it was forked from, if that is among the runs. */
  parent: string | null;
  /** Name of the run that it was forked from, if that is not. */
  missing: string | null;
  /** After how many epochs of its parent it begins; 0 without one. */
  epoch: number;
  /** The parent's checkpoint that it begins from. */
  checkpoint: string;
  depth: number;
  started: number;
  /** When it was last heard of. */
  ended: number;
}

/** Per readable run the key of its parent; null if it has none among them. */
export function parentsOf(runs: readonly ComparedRun[]): Map<string, string | null> {
  const keys = new Set(runs.filter(({ header }) => header !== null).map(({ key }) => key));
  const found = new Map<string, string | null>();
  for (const { key, header } of runs) {
    if (header === null) {
      continue;
    }
    const named = header.parent === null ? null : siblingOf(key, header.parent.run);
    let above = named;
    while (above !== null && above !== key) {
      above = found.get(above) ?? null;
    }
    found.set(key, named !== null && keys.has(named) && above === null ? named : null);
  }
  return found;
}

/** The readable runs, each after its parent. */
export function treeOf(runs: readonly ComparedRun[]): Node[] {
  const parents = parentsOf(runs);
  const children = new Map<string | null, ComparedRun[]>();
  for (const run of runs) {
    const parent = parents.get(run.key);
    if (parent !== undefined) {
      children.set(parent, [...(children.get(parent) ?? []), run]);
    }
  }
  const nodes: Node[] = [];
  const add = (run: ComparedRun, depth: number): void => {
    nodes.push(nodeOf(run, parents.get(run.key) ?? null, depth));
    const forks = [...(children.get(run.key) ?? [])].sort((a, b) => forkOf(a) - forkOf(b));
    for (const child of forks) {
      add(child, depth + 1);
    }
  };
  for (const root of children.get(null) ?? []) {
    add(root, 0);
  }
  return nodes;
}

function nodeOf({ key, header, summary }: ComparedRun, parent: string | null, depth: number): Node {
  const named = header?.parent ?? null;
  const started = header?.created ?? 0;
  return {
    key,
    parent,
    missing: named !== null && parent === null ? named.run : null,
    epoch: named?.epoch ?? 0,
    checkpoint: named?.checkpoint ?? '',
    depth,
    started,
    ended: Math.max(started, summary?.updated ?? started)
  };
}

function forkOf({ header }: ComparedRun): number {
  return header?.parent?.epoch ?? 0;
}

function siblingOf(key: string, name: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1) + name;
}
