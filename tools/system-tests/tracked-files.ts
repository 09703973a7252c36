import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folders of a run in MLflow's files. */
function foldersOf(mlflow: string, run: string): string[] {
  const folders = readdirSync(mlflow).flatMap((experiment) =>
    readdirSync(join(mlflow, experiment)).map((id) => join(mlflow, experiment, id)),
  );
  const name = (folder: string) => join(folder, 'tags', 'mlflow.runName');
  return folders.filter((folder) => existsSync(name(folder)) && readFileSync(name(folder), 'utf8') === run);
}

/** The rounds of a metric, in the order of its lines. */
export function roundsTold(mlflow: string, run: string, metric: string): number[] {
  return foldersOf(mlflow, run)
    .flatMap((folder) =>
      readFileSync(join(folder, 'metrics', metric), 'utf8')
        .trim()
        .split('\n'),
    )
    .map((line) => Number(line.split(' ')[2]));
}

/** MLflow's numbers: 1 is running, 3 finished, 4 failed, 5 killed. */
export function statusesTold(mlflow: string, run: string): number[] {
  return foldersOf(mlflow, run).map((folder) =>
    Number(/^"?status"?: (\d)$/m.exec(readFileSync(join(folder, 'meta.yaml'), 'utf8'))?.[1]),
  );
}
