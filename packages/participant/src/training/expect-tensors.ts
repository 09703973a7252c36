import type { ModelDescription, TrainerTask } from '@synergos/fed-algorithms';
import { InvalidTask } from '../errors.js';

/** Throws `InvalidTask` if the global model has other tensors than the trainer's model; `needed` names what needs them. */
export function expectTensors(
  tensors: TrainerTask['tensors'],
  { manifest }: ModelDescription,
  needed: string,
): void {
  const [got, expected] = [tensors, manifest.tensors].map((list) =>
    list.map(({ name, shape }) => `${name}[${shape.join(',')}]`).join(' '),
  );
  if (got !== expected)
    throw new InvalidTask(
      `the global model holds ${got}; ${needed} ${needed.endsWith('s') ? 'need' : 'needs'} ${expected}`,
    );
}
