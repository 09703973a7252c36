import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalStore, digestOf, namesIn } from '@synergos/artifacts';
import { createEngine, type Algorithm, type RunArguments } from '@synergos/fed-algorithms';
import { afterAll, describe, expect, it } from 'vitest';
import { advance } from './advance.js';
import { createCheckpoints } from '../checkpoints/checkpoint.js';
import { openVector, writeModel } from '../checkpoints/global-model.js';

const directory = mkdtempSync(join(tmpdir(), 'synergos-advance-'));
afterAll(() => rmSync(directory, { recursive: true }));
const scratch = createLocalStore(directory);
const owner = { job: 'job', definition: 'definition' };
const paths = createCheckpoints({ scratch, folder: 'kept', owner, keep: 2 });

/** Longer than a block, and not a multiple of one. */
const SIZE = 600_001;
const tensors = [{ name: 'w', shape: [SIZE], offset: 0, size: SIZE, trainable: true }];
const manifest = { tensors, size: SIZE };
const values = (value: (index: number) => number) => Float32Array.from({ length: SIZE }, (_, i) => value(i));

/** Far faster than the matcher on so many values. */
const equal = (a: Float32Array, b: Float32Array) => Buffer.from(a.buffer).equals(Buffer.from(b.buffer));

async function read(path: string): Promise<Float32Array> {
  const vector = await openVector(await scratch.open(path));
  const all = new Float32Array(vector?.size ?? 0);
  await vector?.read(0, all);
  await vector?.close();
  return all;
}

/** One step from weights i, momentum 1, aggregate 2. */
async function step(algorithm: Partial<Algorithm>, state: Readonly<Record<string, Float32Array>> = {}) {
  const write = (path: string, vector: Float32Array) => writeModel(scratch, path, manifest, {}, [vector]);
  const model = await write(
    paths.modelPath(0),
    values((i) => i),
  );
  const written: Record<string, Awaited<ReturnType<typeof write>>> = {};
  for (const [name, vector] of Object.entries(state))
    written[name] = await write(paths.statePath(0, name), vector);
  return advance(
    {
      scratch,
      paths,
      algorithm: { name: 'test', summary: '', ...algorithm },
      args: {} as RunArguments,
      engine: createEngine(),
      manifest,
      metadata: { run: 'r' },
      participants: 3,
    },
    { round: 0, model, state: written, numbers: { steps: 4 } },
    { aggregate: values(() => 2), received: { other: values((i) => i) }, reports: [] },
  );
}

describe("the server's step", () => {
  it("carries the algorithm's numbers on, and none where it has none", async () => {
    expect((await step({})).numbers).toEqual({});
    const adapt = ({ steps = 0 }: Readonly<Record<string, number>>) => ({ steps: steps + 1 });
    expect((await step({ server: { adapt } })).numbers).toEqual({ steps: 5 });
  });

  it('adds the aggregate where an algorithm has none', async () => {
    const { round, model, state } = await step({});
    expect([round, state]).toEqual([1, {}]);
    expect(
      equal(
        await read(model.path),
        values((i) => i + 2),
      ),
    ).toBe(true);
    expect(await digestOf(scratch, model.path)).toEqual({
      sha256: model.sha256,
      size_bytes: model.sizeBytes,
    });
  });

  it.each([true, undefined])(
    'works on weights and state alike in pieces and whole: %s',
    async (elementwise) => {
      const lengths: number[] = [];
      const { model, state } = await step(
        {
          server: {
            state: ['momentum', 'other'],
            ...(elementwise && { elementwise }),
            step({ weights, aggregate, state: { momentum, other }, round }) {
              lengths.push(weights.length);
              for (let i = 0; i < weights.length; i++) {
                momentum![i] = 0.5 * momentum![i]! + aggregate[i]!;
                weights[i]! += momentum![i]! * round;
                other![i]! -= 1;
              }
            },
          },
        },
        { momentum: values(() => 1), other: values((i) => i) },
      );
      expect(lengths.length > 1).toBe(elementwise === true);
      expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(SIZE);
      expect(
        equal(
          await read(model.path),
          values((i) => i + 2.5),
        ),
      ).toBe(true);
      expect(
        equal(
          await read(state.momentum?.path ?? ''),
          values(() => 2.5),
        ),
      ).toBe(true);
      expect(
        equal(
          await read(state.other?.path ?? ''),
          values((i) => i - 1),
        ),
      ).toBe(true);
    },
  );

  it('reads the vectors sent with the updates at the same positions', async () => {
    const { model } = await step({
      server: {
        elementwise: true,
        step({ weights, received: { other }, participants }) {
          for (let i = 0; i < weights.length; i++) weights[i]! += participants * other![i]!;
        },
      },
    });
    expect(
      equal(
        await read(model.path),
        values((i) => 4 * i),
      ),
    ).toBe(true);
  });

  it('that gives anything but finite numbers fails, and leaves no file', async () => {
    const before = await namesIn(scratch, 'kept');
    const diverging = step({ server: { step: ({ weights }) => void (weights[SIZE - 1] = NaN) } });
    await expect(diverging).rejects.toMatchObject({ code: 'diverged' });
    await scratch.delete(paths.modelPath(1));
    expect((await namesIn(scratch, 'kept')).filter((name) => name.includes('tmp'))).toEqual([]);
    expect(before.length).toBeGreaterThan(0);
  });
});
