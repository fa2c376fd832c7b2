/** The order of the table's rows: pure. */
import type { Row } from './table';

export const COLUMNS = [
  'label',
  'status',
  'best',
  'best_epoch',
  'final',
  'epochs',
  'steps',
  'seconds',
  'parameters',
  'optimizer',
  'learning_rate',
  'batch_size',
  'seed',
  'versions',
  'device',
  'parent'
] as const;

export type Column = (typeof COLUMNS)[number];

/** What a cell holds, as a number or text to sort by; null where it is not known. */
export function valueOf(row: Row, column: Column): number | string | null {
  switch (column) {
    case 'best':
      return row.best?.value ?? null;
    case 'best_epoch':
      return row.best?.epoch ?? null;
    case 'final':
      return row.final?.value ?? null;
    case 'versions':
      return versionsOf(row) || null;
    case 'learning_rate': {
      const { learning_rate: rate } = row;
      return typeof rate === 'number' || typeof rate === 'string' ? rate : null;
    }
    case 'optimizer':
    case 'device':
    case 'parent':
      return row[column] || null;
    default:
      return row[column];
  }
}

/** The libraries that matter most, in a line: `keras 3.15.1 · tensorflow 2.21.0`. */
export function versionsOf({ versions }: Row): string {
  return ['keras', 'tensorflow', 'jax', 'torch', 'python']
    .flatMap(name => (Object.hasOwn(versions, name) ? `${name} ${versions[name] ?? ''}` : []))
    .slice(0, 3)
    .join(' · ');
}

/** The rows by a column; what is not known comes last either way, equals stay as they were. */
export function sorted(rows: readonly Row[], column: string, descending: boolean): Row[] {
  const by = COLUMNS.find(one => one === column);
  if (by === undefined) {
    return [...rows];
  }
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [one, other] = [valueOf(a, by), valueOf(b, by)].map(value =>
      typeof value === 'number' && Number.isNaN(value) ? null : value
    );
    if (one === null || other === null || one === undefined || other === undefined) {
      return Number(one === null) - Number(other === null);
    }
    return typeof one === 'number' && typeof other === 'number'
      ? sign * (one - other)
      : sign * String(one).localeCompare(String(other), undefined, { numeric: true });
  });
}

/** Columns that say something of these rows. */
export function columnsOf(rows: readonly Row[]): Column[] {
  return COLUMNS.filter(
    column =>
      ['label', 'status', 'best', 'final'].includes(column) ||
      rows.some(row => valueOf(row, column) !== null)
  );
}
