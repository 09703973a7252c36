import { createHash } from 'node:crypto';
import {
  DEEPEST_JSON,
  explainIssues,
  OutOfBounds,
  parseBoundedJson,
  type JsonBounds,
} from '@synergos/contract';
import { PREPROCESSING_FILE, preprocessingSchema } from '@synergos/contract';
import { createTarDecoder, type ParsedTarEntry } from 'modern-tar';
import type { z } from 'zod';
import { InvalidArchive, ParentMissing, RecordExists } from '../errors.js';
import { namesIn } from '../stores/names.js';
import { temporaryName } from '../stores/durable-file.js';
import type { ScratchStore } from '../stores/scratch-store.js';
import type { Storage } from '../stores/storage.js';
import { manifestSchema, type ModelManifest } from '../models/manifest.js';
import { globalModelFile, isRunFile, manifestFile, runFolder, type RunIds } from '../models/run-files.js';
import type { RecordKey, RecordStore, StoredRecord } from '../records/record-store.js';
import { archivedRecordsSchema, MANIFEST_ENTRY, RECORDS_ENTRY, type ArchivedRecords } from './run-archive.js';

const MOST_JSON_BYTES = 10 * 1024 * 1024;
const jsonBounds: JsonBounds = { bytes: MOST_JSON_BYTES, depth: DEEPEST_JSON, values: 250_000 };

/** Checks of an archive's model and arguments. They throw, or return the value to store. */
export interface ImportChecks {
  parseModel(raw: unknown): unknown;
  parseArguments(raw: unknown): { readonly arguments: Readonly<Record<string, unknown>> };
}

/**
 * Imports a run's archive into a project: its run, its model, and its experiment if the project has none with that id. All
 * files are checked against the manifest first; files that no run has are left out. Rejects with `InvalidArchive` or
 * `RecordExists`.
 */
export async function importRun(
  records: RecordStore,
  { artifacts, scratch }: Storage,
  checks: ImportChecks,
  { collab_id, project_id }: { readonly collab_id: string; readonly project_id: string },
  archive: ReadableStream<Uint8Array>,
): Promise<StoredRecord> {
  const project = await records.get('Project', { collab_id, project_id });
  if (project === undefined) throw new ParentMissing('Run', 'Project', { collab_id, project_id });
  const staging = temporaryName();
  try {
    const entries = readEntries(archive);
    const archived = parse(archivedRecordsSchema, RECORDS_ENTRY, await nextJson(entries, RECORDS_ENTRY));
    const original = parse(manifestSchema, MANIFEST_ENTRY, await nextJson(entries, MANIFEST_ENTRY));
    const { expt_id, run_id } = archived;
    const key = { collab_id, project_id, expt_id, run_id };
    const ids: RunIds = { collab: collab_id, project: project_id, expt: expt_id, run: run_id };
    const bodies = await checkFit(records, checks, key, archived, project);
    await stageFiles(scratch, staging, original, entries);
    await checkPreprocessing(scratch, staging, original, archived.project.action);
    const kept = Object.entries(original.files).filter(([name]) => isRunFile(name));
    const manifest = { ...original, run: ids, files: Object.fromEntries(kept) };
    if (bodies.experiment !== undefined) await records.create('Experiment', key, bodies.experiment);
    await records.create('Run', key, bodies.run);
    try {
      for (const store of [artifacts, scratch]) await store.deleteFolder(runFolder(ids));
      for (const name of await namesIn(scratch, staging))
        await artifacts.put(`${runFolder(ids)}/${name}`, { file: scratch.localFile(`${staging}/${name}`) });
      // Last: a run without a manifest is not complete.
      await artifacts.put(manifestFile(ids), `${JSON.stringify(manifest, null, 2)}\n`);
      return await records.put('Model', key, importedModel(manifest));
    } catch (error) {
      // The import can then be repeated.
      await records.remove('Run', key).catch(() => undefined);
      throw error;
    }
  } catch (error) {
    await archive.cancel().catch(() => undefined);
    throw error;
  } finally {
    await scratch.deleteFolder(staging);
  }
}

/** Checks that the archive's run fits into the project. Returns the bodies of the records to create. */
async function checkFit(
  records: RecordStore,
  checks: ImportChecks,
  key: RecordKey,
  archived: ArchivedRecords,
  project: StoredRecord,
) {
  if (project.body.action !== archived.project.action)
    throw new InvalidArchive(
      `its project is to ${archived.project.action}, this one is to ${String(project.body.action)}`,
    );
  if ((await records.get('Run', key)) !== undefined) throw new RecordExists('Run', key);
  const model = checks.parseModel(archived.experiment.model);
  const { arguments: args } = checks.parseArguments(archived.run);
  const known = await records.get('Experiment', key);
  if (known !== undefined && JSON.stringify(known.body.model) !== JSON.stringify(model))
    throw new InvalidArchive(`experiment '${key.expt_id}' exists here with another model`);
  return {
    experiment: known === undefined ? { ...archived.experiment, model } : undefined,
    run: { ...archived.run, ...args },
  };
}

/** Checks the feature space of the model; archives of older versions have none. */
async function checkPreprocessing(
  scratch: ScratchStore,
  staging: string,
  { files: described }: ModelManifest,
  action: string,
): Promise<void> {
  if (!Object.hasOwn(described, PREPROCESSING_FILE)) return;
  const bytes = await scratch.get(`${staging}/${PREPROCESSING_FILE}`);
  const preprocessing = parse(preprocessingSchema, PREPROCESSING_FILE, Buffer.from(bytes ?? []));
  if (preprocessing.action !== action)
    throw new InvalidArchive(
      `its ${PREPROCESSING_FILE} is to ${preprocessing.action}, its project to ${action}`,
    );
}

async function stageFiles(
  scratch: ScratchStore,
  staging: string,
  manifest: ModelManifest,
  entries: AsyncIterator<ParsedTarEntry>,
): Promise<void> {
  const missing = new Set(Object.keys(manifest.files));
  for (let next = await entries.next(); next.done !== true; next = await entries.next()) {
    const { header, body } = next.value;
    const expected = manifest.files[header.name];
    if (expected === undefined || !missing.delete(header.name))
      throw new InvalidArchive(
        `its manifest does not name '${header.name}', or the archive contains it twice`,
      );
    if (header.size !== expected.size_bytes)
      throw new InvalidArchive(
        `'${header.name}' has ${header.size} bytes, its manifest says ${expected.size_bytes}`,
      );
    const hash = createHash('sha256');
    const content = hashed(body, hash);
    if (isRunFile(header.name)) await scratch.put(`${staging}/${header.name}`, content);
    else while ((await content.next()).done !== true);
    if (hash.digest('hex') !== expected.sha256)
      throw new InvalidArchive(`'${header.name}' is damaged: its SHA-256 differs from the manifest`);
  }
  if (missing.size > 0) throw new InvalidArchive(`it lacks ${[...missing].join(', ')}`);
}

async function* hashed(body: ReadableStream<Uint8Array>, hash: ReturnType<typeof createHash>) {
  for await (const chunk of refusing(body)) {
    hash.update(chunk);
    yield chunk;
  }
}

/** Strict: a truncated archive is an error. */
function readEntries(archive: ReadableStream<Uint8Array>): AsyncGenerator<ParsedTarEntry> {
  return refusing(archive.pipeThrough(createTarDecoder({ strict: true }), { preventCancel: true }));
}

/** Converts errors of the stream to `InvalidArchive`. */
async function* refusing<Part>(parts: AsyncIterable<Part>): AsyncGenerator<Part> {
  try {
    yield* parts;
  } catch (error) {
    throw new InvalidArchive(error instanceof Error ? error.message : String(error), error);
  }
}

async function nextJson(entries: AsyncIterator<ParsedTarEntry>, name: string): Promise<Buffer> {
  const next = await entries.next();
  if (next.done === true || next.value.header.name !== name)
    throw new InvalidArchive(`its ${name} is missing or in the wrong position`);
  const { header, body } = next.value;
  if (header.size > MOST_JSON_BYTES)
    throw new InvalidArchive(`its ${name} has ${header.size} bytes; the limit is ${MOST_JSON_BYTES}`);
  const parts: Uint8Array[] = [];
  for await (const chunk of refusing(body)) parts.push(chunk);
  return Buffer.concat(parts);
}

function parse<Value>(schema: z.ZodType<Value>, name: string, bytes: Buffer): Value {
  let raw: unknown;
  try {
    raw = parseBoundedJson(bytes, jsonBounds);
  } catch (error) {
    const why = error instanceof OutOfBounds ? `: ${error.message}` : ' is not JSON';
    throw new InvalidArchive(`its ${name}${why}`, error);
  }
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new InvalidArchive(`its ${name}: ${explainIssues(parsed.error)}`, parsed.error);
}

function importedModel(manifest: ModelManifest): Readonly<Record<string, unknown>> {
  const path = globalModelFile(manifest.run);
  return {
    global: {
      origin: 'import',
      path,
      loss_history: `${runFolder(manifest.run)}/global_loss_history.json`,
      sha256: manifest.files[fileNameOf(path)]?.sha256 ?? null,
    },
    rounds: manifest.rounds,
    round: manifest.round ?? manifest.rounds,
  };
}

function fileNameOf(path: string): string {
  return path.split('/').at(-1) ?? path;
}
