/** A run as a comparison reads it, from its journal: what `history.json` would say. Pure. */
import type { TimedState } from '../../runs/clock';
import type { Summary } from '../../protocol';
import { SCHEMA } from '../../protocol';
import type { Decoded } from '../../runs/values';
import type { ComparedRun } from './labels';

/** `name` is the run's. */
export function folded(
  state: TimedState,
  name: string
): Pick<ComparedRun, 'history'> & { summary: Decoded<Summary> } {
  const { rows } = state;
  const having = new Map<string, { epochs: number[]; values: number[] }>();
  for (const { epoch, logs } of rows) {
    for (const [metric, value] of Object.entries(logs)) {
      const column = having.get(metric) ?? { epochs: [], values: [] };
      column.epochs.push(epoch);
      column.values.push(value);
      having.set(metric, column);
    }
  }
  const columns = [...having];
  const lacking = columns.filter(([, { epochs }]) => epochs.length < rows.length);
  const { status, reason, epochs, batches, position, resumes, checkpoints, updated } = state;
  const { monitor, directions, skipped } = state;
  return {
    history: Object.fromEntries(columns.map(([metric, { values }]) => [metric, values])),
    summary: {
      schema: SCHEMA,
      ...{ name, status, reason, epochs, batches, position, resumes, checkpoints, updated },
      epoch: rows.map(({ epoch }) => epoch),
      learning_rate: rows.map(row => row.learning_rate),
      step: rows.map(({ step }) => step),
      time: rows.map(({ time }) => time),
      seconds: rows.map(({ epoch }) => state.clock.ofEpoch(epoch)),
      inherited: rows.filter(({ inherited }) => inherited).length,
      lacking: Object.fromEntries(lacking.map(([metric, column]) => [metric, column.epochs])),
      journal: 0,
      ...{ monitor, directions, skipped }
    }
  };
}
