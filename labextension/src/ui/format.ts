/** Times, places and sizes as people say them: pure sentences. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Position } from '../protocol';

/** A length of time as people say it: `8 s`, `3 min 20 s`, `2 h 05 min`. */
export function duration(seconds: number, trans: TranslationBundle): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [
    Math.floor(whole / 3600),
    Math.floor((whole % 3600) / 60),
    whole % 60
  ];
  if (hours >= 48) {
    return trans.__('%1 days', Math.round(hours / 24));
  }
  if (hours > 0) {
    return trans.__('%1 h %2 min', hours, String(minutes).padStart(2, '0'));
  }
  return minutes > 0
    ? trans.__('%1 min %2 s', minutes, String(rest).padStart(2, '0'))
    : trans.__('%1 s', rest);
}

/** A batch boundary: `epoch 7, batch 312 of 469`; a part is left out where it is none. */
export function place(position: Position, batches: number, trans: TranslationBundle): string {
  const { epoch, batch } = position;
  if (batch === 0) {
    return trans.__('epoch %1', epoch);
  }
  const within =
    batches > 0 ? trans.__('batch %1 of %2', batch, batches) : trans.__('batch %1', batch);
  return epoch === 0 ? within : trans.__('epoch %1, %2', epoch, within);
}

/** So many bytes, as people say it. */
export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value.toFixed(power === 0 || value >= 100 ? 0 : 1)} ${units[power] ?? 'B'}`;
}
