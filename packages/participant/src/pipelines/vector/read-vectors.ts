import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { unpackTensors, type NamedTensors } from '@synergos/rpc-core';
import type { DataFolder } from '../../datasets/data-folder.js';
import { InvalidDataset, UnreadableFile } from '../../errors.js';
import type { Labels, ReadOptions, SampleSource } from '../pipeline.js';
import { readFile } from '../../waiting-files.js';

/** Rows of the same length, with their labels. */
export interface Vectors {
  readonly count: number;
  readonly length: number;
  /** [count × length]. */
  readonly features: Float32Array;
  /** Text of each row's target; null if it has none, which only `optional` labels allow. */
  readonly labels: readonly (string | null)[];
  readonly required: Labels;
  readonly sources: readonly SampleSource[];
}

const EXTENSION = '.safetensors';
const MOST_BYTES = 2 ** 31 - 1;

/** Reads the tensors `features` [rows, length] and `targets` [rows] of all safetensors files of the folders. */
export async function readVectors(
  folders: readonly DataFolder[],
  { labels, logger }: ReadOptions,
): Promise<Vectors> {
  const parts: Part[] = [];
  for (const folder of folders) {
    const files = folder.files.filter((name) => name.toLowerCase().endsWith(EXTENSION));
    if (files.length === 0) throw new InvalidDataset(folder.name, `holds no ${EXTENSION} file`);
    for (const file of files) parts.push(await readPart(folder, file, labels));
  }
  const [first] = parts;
  const names = folders.map(({ name }) => name).join(', ');
  const other = parts.find(({ length }) => length !== first?.length);
  if (first === undefined || other !== undefined)
    throw new InvalidDataset(
      names,
      `${first?.source} has ${first?.length} numbers per row and ${other?.source} ${other?.length}; give all files the same length`,
    );
  const count = parts.reduce((sum, { kept }) => sum + kept.length, 0);
  if (count === 0)
    throw new InvalidDataset(names, labels === 'required' ? 'holds no row with a target' : 'holds no row');
  const withoutTarget = parts.reduce((sum, { rows, kept }) => sum + rows - kept.length, 0);
  if (withoutTarget > 0) logger.warn({ folders: names, withoutTarget }, 'left out rows without target');

  const { length } = first;
  const features = new Float32Array(count * length);
  let at = 0;
  for (const part of parts)
    for (const row of part.kept) {
      features.set(part.features.subarray(row * length, (row + 1) * length), at);
      at += length;
    }
  return {
    count,
    length,
    features,
    labels: parts.flatMap(({ kept, targets }) => kept.map((row) => labelOf(targets?.[row]))),
    required: labels,
    sources: parts.map(({ source, kept }) => ({ name: source, rows: kept.length })),
  };
}

interface Part {
  /** The folder's tag and the file's name. */
  readonly source: string;
  readonly rows: number;
  readonly length: number;
  readonly features: Float32Array;
  readonly targets: Float32Array | undefined;
  /** Rows that are used. */
  readonly kept: readonly number[];
}

async function readPart(folder: DataFolder, file: string, labels: Labels): Promise<Part> {
  const refuse = (fault: string) => new InvalidDataset(folder.name, `${file} ${fault}`);
  const { features, targets } = await readTensors(folder, file);
  const [rows = 0, length = 0, ...more] = features?.shape ?? [];
  if (features === undefined || length === 0 || more.length > 0)
    throw refuse("needs a tensor 'features' of shape [rows, length]");
  if (targets === undefined && labels === 'required')
    throw refuse("lacks the tensor 'targets' of shape [rows], the labels");
  if (targets !== undefined && (targets.shape.length !== 1 || targets.shape[0] !== rows))
    throw refuse(`needs a tensor 'targets' of shape [${rows}], one for each row of 'features'`);
  const odd = features.data.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) throw refuse(`has NaN or Infinity in row ${Math.floor(odd / length) + 1} of 'features'`);
  const all = Array.from({ length: rows }, (_, row) => row);
  const kept = labels === 'optional' ? all : all.filter((row) => labelOf(targets?.data[row]) !== null);
  return {
    source: `${folder.name}/${file}`,
    rows,
    length,
    features: features.data,
    targets: targets?.data,
    kept,
  };
}

async function readTensors({ folder, name }: DataFolder, file: string): Promise<NamedTensors> {
  const path = join(folder, file);
  let bytes: Uint8Array;
  try {
    const { size } = await lstat(path);
    if (size > MOST_BYTES)
      throw new InvalidDataset(name, `${file} has ${size} bytes; at most ${MOST_BYTES} are read: split it`);
    bytes = await readFile(path);
  } catch (error) {
    throw error instanceof InvalidDataset ? error : new UnreadableFile(name, file, error);
  }
  try {
    return unpackTensors(bytes);
  } catch (cause) {
    const what = 'is not a safetensors file whose tensors are all float32 (F32)';
    throw new InvalidDataset(name, `${file} ${what}`, { cause });
  }
}

function labelOf(target: number | undefined): string | null {
  return target === undefined || Number.isNaN(target) ? null : String(target);
}
