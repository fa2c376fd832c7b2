/** What runs were trained with, flattened: the twin of `view/compare/facts.py`. */
import type { Header } from '../../protocol';
import type { Decoded } from '../../runs/values';
import type { ComparedRun } from './labels';

export interface Fact {
  name: string;
  /** By the run's key, as JSON; runs that lack it are left out. */
  values: Map<string, unknown>;
  differs: boolean;
}

/** All facts, in the order of their first appearance. */
export function factsOf(runs: readonly ComparedRun[]): Fact[] {
  const readable = runs.filter(({ header }) => header !== null);
  const found = new Map<string, Map<string, unknown>>();
  for (const { key, header } of readable) {
    for (const [name, value] of header === null ? [] : flat(header)) {
      const values = found.get(name) ?? new Map<string, unknown>();
      found.set(name, values.set(key, value));
    }
  }
  return [...found].map(([name, values]) => {
    const [first, ...others] = values.values();
    const vary = others.some(value => !same(value, first));
    return { name, values, differs: values.size < readable.length || vary };
  });
}

/** The facts of one run, by name. */
function flat(header: Decoded<Header>): Map<string, unknown> {
  const found = new Map<string, unknown>();
  walk('fit', header.fit, found);
  walk('compile', header.compile, found);
  found.set('model.architecture', header.architecture);
  found.set('model.parameters', header.parameters);
  for (const { name, shape, dtype, digest } of header.data) {
    found.set(`data.${name}.shape`, shape);
    found.set(`data.${name}.dtype`, dtype);
    found.set(`data.${name}.digest`, digest);
  }
  found.set('data.samples', header.samples);
  found.set('data.batch_size', header.batch_size);
  found.set('data.batches', header.batches);
  found.set('data.seed', header.seed);
  walk('versions', header.versions, found);
  found.set('device', header.device);
  found.set('notebook', header.notebook);
  return found;
}

type Table = Record<string, unknown>;

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function walk(name: string, value: unknown, found: Map<string, unknown>): void {
  if (isTable(value)) {
    const object = typeof value.class_name === 'string' && Object.hasOwn(value, 'config');
    if (object) {
      found.set(name, value.class_name);
    }
    const { config } = value;
    const settings = !object ? value : isTable(config) ? config : { config };
    for (const [key, one] of Object.entries(settings)) {
      if (!(object && key === 'name')) {
        walk(`${name}.${key}`, one, found);
      }
    }
  } else if (Array.isArray(value) && value.some(one => isTable(one) || Array.isArray(one))) {
    value.forEach((one, number) => {
      walk(`${name}.${number}`, one, found);
    });
  } else {
    found.set(name, value);
  }
}

/** Whether two JSON values are the same. */
function same(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, index) => same(item, other[index]));
  }
  return one === other;
}
