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
import { temporaryName } from '../models/local-file-store.js';
import type { FileStore } from '../models/file-store.js';
import { manifestSchema, type ModelManifest } from '../models/manifest.js';
import { globalModelFile, isRunFile, manifestFile, runFolder, type RunIds } from '../models/run-files.js';
import type { RecordKey, RecordStore, StoredRecord } from '../records/record-store.js';
import { archivedRecordsSchema, MANIFEST_ENTRY, RECORDS_ENTRY, type ArchivedRecords } from './run-archive.js';

const MOST_JSON_BYTES = 10 * 1024 * 1024;
const jsonBounds: JsonBounds = { bytes: MOST_JSON_BYTES, depth: DEEPEST_JSON, values: 250_000 };

/** Checks of what an archive brings, which throw; what they return is stored. */
export interface ImportChecks {
  parseModel(raw: unknown): unknown;
  parseArguments(raw: unknown): { readonly arguments: Readonly<Record<string, unknown>> };
}

/**
 * Takes a run's archive into a project: its experiment where the project has none of that id, its run, its model.
 * Every file is checked against the manifest before anything is kept; one that no run has is left out. Throws `InvalidArchive`, `RecordExists`.
 */
export async function importRun(
  records: RecordStore,
  files: FileStore,
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
    await stageFiles(files, staging, original, entries);
    await checkPreprocessing(files, staging, original, archived.project.action);
    const kept = Object.entries(original.files).filter(([name]) => isRunFile(name));
    const manifest = { ...original, run: ids, files: Object.fromEntries(kept) };
    await files.write(
      `${staging}/${fileNameOf(manifestFile(ids))}`,
      `${JSON.stringify(manifest, null, 2)}\n`,
    );
    if (bodies.experiment !== undefined) await records.create('Experiment', key, bodies.experiment);
    await records.create('Run', key, bodies.run);
    await files.remove(runFolder(ids));
    await files.moveFolder(staging, runFolder(ids));
    return await records.put('Model', key, importedModel(files, manifest));
  } catch (error) {
    await archive.cancel().catch(() => undefined);
    throw error;
  } finally {
    await files.remove(staging);
  }
}

/** Whether the archive's run finds its place in the project; what is to be created for it. */
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

/** The feature space that the model will be used in; absent in archives of older versions. */
async function checkPreprocessing(
  files: FileStore,
  staging: string,
  { files: described }: ModelManifest,
  action: string,
): Promise<void> {
  if (!Object.hasOwn(described, PREPROCESSING_FILE)) return;
  const bytes = await files.read(`${staging}/${PREPROCESSING_FILE}`);
  const preprocessing = parse(preprocessingSchema, PREPROCESSING_FILE, Buffer.from(bytes ?? []));
  if (preprocessing.action !== action)
    throw new InvalidArchive(
      `its ${PREPROCESSING_FILE} is to ${preprocessing.action}, its project to ${action}`,
    );
}

async function stageFiles(
  files: FileStore,
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
        `its manifest does not name '${header.name}', or names it once and it came twice`,
      );
    if (header.size !== expected.size_bytes)
      throw new InvalidArchive(
        `'${header.name}' has ${header.size} bytes, the manifest tells ${expected.size_bytes}`,
      );
    const hash = createHash('sha256');
    const content = hashed(body, hash);
    if (isRunFile(header.name)) await files.write(`${staging}/${header.name}`, content);
    else while ((await content.next()).done !== true);
    if (hash.digest('hex') !== expected.sha256)
      throw new InvalidArchive(`'${header.name}' is damaged: its SHA-256 is not the manifest's`);
  }
  if (missing.size > 0) throw new InvalidArchive(`it lacks ${[...missing].join(', ')}`);
}

async function* hashed(body: ReadableStream<Uint8Array>, hash: ReturnType<typeof createHash>) {
  for await (const chunk of refusing(body)) {
    hash.update(chunk);
    yield chunk;
  }
}

/** Strict: an archive that ends early is not taken for a shorter one. */
function readEntries(archive: ReadableStream<Uint8Array>): AsyncGenerator<ParsedTarEntry> {
  return refusing(archive.pipeThrough(createTarDecoder({ strict: true }), { preventCancel: true }));
}

/** The same, where what breaks is the archive's fault. */
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
    throw new InvalidArchive(`its ${name} is missing, or not where it belongs`);
  const { header, body } = next.value;
  if (header.size > MOST_JSON_BYTES)
    throw new InvalidArchive(`its ${name} has ${header.size} bytes; at most ${MOST_JSON_BYTES} are read`);
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

function importedModel(files: FileStore, manifest: ModelManifest): Readonly<Record<string, unknown>> {
  const path = globalModelFile(manifest.run);
  return {
    global: {
      origin: 'import',
      path: files.locate(path),
      loss_history: files.locate(`${runFolder(manifest.run)}/global_loss_history.json`),
      sha256: manifest.files[fileNameOf(path)]?.sha256 ?? null,
    },
    rounds: manifest.rounds,
    round: manifest.round ?? manifest.rounds,
  };
}

function fileNameOf(path: string): string {
  return path.split('/').at(-1) ?? path;
}
