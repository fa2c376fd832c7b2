import type { Ask } from '../../src/protocol';
import { decodeAsk } from '../../src/ask/decode';
import type { Decoded } from '../../src/runs/values';

/** A question as a kernel puts it into an output. */
export function question(values: Partial<Ask> = {}): Decoded<Ask> {
  return decodeAsk({
    schema: 1,
    id: '0123abcd',
    run: 'digits-002',
    folder: 'kresume_runs/digits-002',
    status: 'interrupted',
    position: { epoch: 2, batch: 3, step: 49 },
    epochs: 5,
    batches: 23,
    points: [
      {
        checkpoint: 'step-00000049.keras',
        position: { epoch: 2, batch: 3, step: 49 },
        logs: { accuracy: 0.5, loss: 1.25 },
        time: 450
      },
      {
        checkpoint: 'epoch-0002.keras',
        position: { epoch: 2, batch: 0, step: 46 },
        logs: { accuracy: 0.5, loss: 1.5, val_loss: 'NaN' },
        time: 440
      },
      {
        checkpoint: 'epoch-0000.keras',
        position: { epoch: 0, batch: 0, step: 0 },
        logs: {},
        time: 400
      }
    ],
    seconds: 15,
    created: 500,
    ...values
  });
}
