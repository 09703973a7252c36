import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { codecNamed, codecs, createRandom, decodeUpdate } from '@synergos/fed-algorithms';
import { encodeSafetensors, encodeSafetensorsHeader } from '@synergos/rpc-core';
import { afterAll, describe, expect, it } from 'vitest';
import type { StagedUpdate } from '@synergos/orchestration/upload-port';
import { RoundStaging } from './staging.js';

const manifest = {
  tensors: [
    { name: '0.weight', shape: [2, 2], offset: 0, size: 4, trainable: true },
    { name: '0.bias', shape: [2], offset: 4, size: 2, trainable: true },
  ],
  size: 6,
};
const values = Float32Array.from([1, -2, 3.5, 0, 5, -6]);
const file = encodeSafetensors(manifest.tensors, values);

const directory = mkdtempSync(join(tmpdir(), 'synergos-staging-'));
afterAll(() => rmSync(directory, { recursive: true }));

async function stage(staging: RoundStaging, chunks: readonly Uint8Array[]): Promise<Float32Array> {
  let staged: StagedUpdate | undefined;
  const sink = await staging.receive(manifest, (update) => (staged = update));
  for (const chunk of chunks) await sink.write(chunk);
  await sink.commit();
  const read = new Float32Array(manifest.size);
  await staged?.read(0, read);
  return read;
}

describe.each([
  ['in memory', 1024],
  ['on disk', 0],
])('an update staged %s', (_where, memoryBytes) => {
  const open = () => new RoundStaging({ directory, memoryBytes });

  it('is whole wherever its bytes were cut', async () => {
    const staging = open();
    for (let cut = 0; cut <= file.length; cut++)
      expect(await stage(staging, [file.subarray(0, cut), file.subarray(cut)])).toEqual(values);
    expect(
      await stage(
        staging,
        Array.from(file, (byte) => Uint8Array.of(byte)),
      ),
    ).toEqual(values);
    await staging.close();
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each(codecs.map(({ name }) => name))(
    'written as %s is whole wherever its bytes were cut, and refused if cut off',
    async (name) => {
      const staging = open();
      const encoded = codecNamed(name).encode(values, manifest, { random: createRandom(1), keep: 0.5 });
      const header = encodeSafetensorsHeader(encoded.tensors, encoded.metadata);
      const compressed = Buffer.concat([header, encoded.data]);
      for (let cut = 0; cut <= compressed.length; cut++)
        expect(await stage(staging, [compressed.subarray(0, cut), compressed.subarray(cut)])).toEqual(
          decodeUpdate(encoded, manifest),
        );
      for (const cut of [header.length, compressed.length - 1])
        await expect(stage(staging, [compressed.subarray(0, cut)])).rejects.toMatchObject({
          code: 'wrong_length',
        });
      await expect(stage(staging, [compressed, Uint8Array.of(0)])).rejects.toMatchObject({
        code: 'wrong_length',
      });
      await staging.close();
    },
  );

  it('is refused with NaN or an infinity, named by tensor and position', async () => {
    const staging = open();
    for (const bad of [NaN, Infinity, -Infinity])
      await expect(
        stage(staging, [encodeSafetensors(manifest.tensors, Float32Array.of(1, 2, 3, 4, 5, bad))]),
      ).rejects.toMatchObject({
        code: 'not_finite',
        message: `tensor '0.bias' of the update holds ${bad} at position 1`,
      });
    await staging.close();
  });

  it('is refused where its tensors are not the model’s', async () => {
    const staging = open();
    const tensors = [{ name: '0.weight', shape: [2, 3] }];
    await expect(stage(staging, [encodeSafetensors(tensors, values)])).rejects.toMatchObject({
      code: 'wrong_shape',
      message: 'the update holds 0.weight[2,3]; the model is 0.weight[2,2] 0.bias[2]',
    });
    await staging.close();
  });

  it.each([
    ['F64', 8, 'malformed_tensors', /tensor '0\.weight' is F64; only F32, F16, BF16, I8, U32 is read/],
    ['F16', 2, 'wrong_shape', /the update holds 0\.weight\[2,2\] F16 0\.bias\[2\]; the model is/],
  ])('is refused where a tensor is %s among float32', async (dtype, bytesPerValue, code, message) => {
    const staging = open();
    const end = 4 * bytesPerValue;
    const header = Buffer.from(
      JSON.stringify({
        '0.weight': { dtype, shape: [2, 2], data_offsets: [0, end] },
        '0.bias': { dtype: 'F32', shape: [2], data_offsets: [end, end + 8] },
      }),
    );
    const bytes = Buffer.alloc(8 + header.length + end + 8);
    bytes.writeBigUInt64LE(BigInt(header.length));
    header.copy(bytes, 8);
    await expect(stage(staging, [bytes])).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    await staging.close();
  });

  it('is refused where it is too short or too long', async () => {
    const staging = open();
    await expect(stage(staging, [file.subarray(0, -4)])).rejects.toMatchObject({ code: 'wrong_length' });
    await expect(stage(staging, [file, new Uint8Array(4)])).rejects.toMatchObject({ code: 'wrong_length' });
    await staging.close();
  });
});

it('memory that is used up is followed by files, and what is aborted makes room again', async () => {
  const staging = new RoundStaging({ directory, memoryBytes: manifest.size * 4 });
  const first = await staging.receive(manifest, () => undefined);
  expect(await stage(staging, [file])).toEqual(values);
  expect(readdirSync(directory)).toHaveLength(1);
  first.abort(new Error('gone'));
  first.abort(new Error('gone'));
  await setImmediate();
  expect(await stage(staging, [file])).toEqual(values);
  expect(readdirSync(directory)).toHaveLength(1);
  await staging.close();
  expect(existsSync(directory) && readdirSync(directory)).toEqual([]);
});

it('a file that serves again gets nothing of the update before, however late that one still comes', async () => {
  const size = 1_000_000;
  const large = { tensors: [{ name: 'w', shape: [size], offset: 0, size, trainable: true }], size };
  const staging = new RoundStaging({ directory, memoryBytes: 0 });
  const bytesOf = (value: number) => encodeSafetensors(large.tensors, new Float32Array(size).fill(value));
  const late = await staging.receive(large, () => undefined);
  const [old, fresh] = [bytesOf(1), bytesOf(2)];
  await late.write(old.subarray(0, 2_500_000));
  staging.reset();
  let staged: StagedUpdate | undefined;
  const writing = (async () => {
    const sink = await staging.receive(large, (update) => (staged = update));
    for (let at = 0; at < fresh.length; at += 100_000) await sink.write(fresh.subarray(at, at + 100_000));
    await sink.commit();
  })();
  expect(() => late.write(old.subarray(2_500_000))).toThrow(/the round that this update is for is over/);
  await writing;
  const values = new Float32Array(size);
  await staged?.read(0, values);
  expect(values.every((value) => value === 2)).toBe(true);
  await staging.close();
  expect(readdirSync(directory)).toEqual([]);
});

it.skipIf(process.platform !== 'linux')(
  'keeps no file open after blocks of an update were read concurrently',
  async () => {
    const staging = new RoundStaging({ directory, memoryBytes: 0 });
    let staged: StagedUpdate | undefined;
    const sink = await staging.receive(manifest, (update) => (staged = update));
    await sink.write(file);
    await sink.commit();
    const openFiles = () =>
      readdirSync('/proc/self/fd').filter((fd) => {
        try {
          const path = readlinkSync(`/proc/self/fd/${fd}`);
          return path.startsWith(directory) && existsSync(path);
        } catch {
          return false;
        }
      });
    for (let pass = 0; pass < 3; pass++) {
      const blocks = Array.from({ length: manifest.size }, () => new Float32Array(1));
      await Promise.all(blocks.map((block, start) => staged!.read(start, block)));
      expect(blocks.map(([value]) => value)).toEqual([...values]);
      expect(openFiles()).toEqual([]);
    }
    await staging.close();
  },
);
