/** What a run's life left on its x axis: checkpoints, kills, resumes, pauses, rates set by hand. Pure. */
import type { Checkpoint, Position } from '../protocol';
import type { RunState } from '../runs/fold';
import { bestCheckpoint } from '../runs/monitored';
import type { Decoded } from '../runs/values';
import type { Axis } from './axis';
import { TimedState } from '../runs/clock';

export type Kept = Decoded<Checkpoint>;

export type Happening =
  | { kind: 'checkpoint'; x: number; checkpoint: Kept; best: boolean; last: boolean }
  | {
      kind: 'resumed';
      x: number;
      from: Position;
      /** How far training had come, how it ended, and for how long nothing trained; null if unknown. */
      before: { reached: Position; how: RunState['status']; seconds: number } | null;
    }
  | { kind: 'paused'; x: number; at: Position; seconds: number | null }
  | { kind: 'rate'; x: number; at: Position; value: number }
  | { kind: 'stopped'; x: number; at: Position };

/** More of each kind than a chart has room for; the newest are shown. */
const MOST = 500;

/** In the order of the axis; `stopped`: the process is gone without a word. */
export function happeningsOf(state: RunState, axis: Axis, stopped: boolean): Happening[] {
  const found: Happening[] = [];
  const { checkpoints, resumes, controls } = state;
  const best = bestCheckpoint(checkpoints, state.directions);
  const newest = checkpoints[checkpoints.length - 1];
  for (const checkpoint of checkpoints.slice(-MOST)) {
    found.push({
      kind: 'checkpoint',
      x: axis.position(checkpoint.position),
      checkpoint,
      best: checkpoint === best,
      last: checkpoint === newest
    });
  }
  const interruptions = state instanceof TimedState ? state.interruptions : [];
  resumes.forEach((from, index) => {
    if (index >= resumes.length - MOST) {
      const x = axis.resume(index);
      found.push({ kind: 'resumed', x, from, before: interruptions[index] ?? null });
    }
  });
  const answers = controls.slice(-MOST).filter(({ done }) => done);
  answers.forEach((answer, index) => {
    const { action, value, position: at } = answer;
    const x = axis.position(at);
    if (action === 'pause') {
      const next = answers
        .slice(index + 1)
        .find(one => one.action === 'continue' || one.action === 'stop');
      const seconds = next === undefined ? null : Math.max(0, next.time - answer.time);
      found.push({ kind: 'paused', x, at, seconds });
    } else if (action === 'learning_rate' && value !== null) {
      found.push({ kind: 'rate', x, at, value });
    }
  });
  if (stopped && state.position.step > 0) {
    const at = state.position;
    found.push({ kind: 'stopped', x: axis.position(at), at });
  }
  return found.sort((a, b) => a.x - b.x);
}

/** Happenings that lie so close together that they share a place, in CSS pixels. */
export interface Cluster {
  at: number;
  members: Happening[];
}

/** Marks that are closer than this touch, in CSS pixels. */
const TOUCHING = 11;

/**
 * Neighbours closer than `room` become one; `place` is in CSS pixels, null out of sight. Where a run
 * stopped is told apart as long as there is a gap at all, and is never moved.
 */
export function clustered(
  happenings: readonly Happening[],
  place: (x: number) => number | null,
  room: number
): Cluster[] {
  const clusters: Cluster[] = [];
  for (const one of happenings) {
    const at = place(one.x);
    if (at === null) {
      continue;
    }
    const last = clusters[clusters.length - 1];
    const stop = one.kind === 'stopped';
    if (last !== undefined && at - last.at < (stop ? TOUCHING : room)) {
      last.members.push(one);
      last.at = stop ? at : last.at;
    } else {
      clusters.push({ at, members: [one] });
    }
  }
  return clusters;
}
