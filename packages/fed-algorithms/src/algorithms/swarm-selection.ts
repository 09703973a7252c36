/** Some members of a swarm, with their shares in the ensemble, which sum to 1. */
export interface Candidate {
  readonly members: readonly number[];
  readonly shares: readonly number[];
}

export interface Swarm {
  /** Of each member. */
  readonly scores: readonly number[];
  /** For each judge, each member's outputs on the judge's data. */
  readonly predictions: readonly (readonly Float32Array[])[];
}

const THRESHOLDS = [0, 0.1, 0.2, 0.3, 0.4] as const;

/**
 * The ensembles to choose from: for each threshold the members whose score lies above it, those first whose predictions
 * lie farthest from the others' on average, and of these all prefixes, weighted by normalised scores. Where no member
 * lies above 0, the best alone.
 */
export function swarmCandidates({ scores, predictions }: Swarm): readonly Candidate[] {
  const distances = meanDistances(scores.length, predictions);
  const seen = new Set<string>();
  const candidates: Candidate[] = [];
  for (const threshold of THRESHOLDS) {
    const members = [...scores.keys()]
      .filter((member) => scores[member]! > threshold)
      .sort((a, b) => distances[b]! - distances[a]! || a - b);
    for (let length = 1; length <= members.length; length++) {
      const prefix = members.slice(0, length);
      const name = prefix.join();
      if (seen.has(name)) continue;
      seen.add(name);
      const total = prefix.reduce((sum, member) => sum + scores[member]!, 0);
      candidates.push({ members: prefix, shares: prefix.map((member) => scores[member]! / total) });
    }
  }
  if (candidates.length > 0) return candidates;
  const best = scores.reduce((leader, score, member) => (score > scores[leader]! ? member : leader), 0);
  return scores.length === 0 ? [] : [{ members: [best], shares: [1] }];
}

/** Of each member the mean of its Euclidean distances to the others, over all judges' data. */
function meanDistances(count: number, predictions: Swarm['predictions']): Float64Array {
  const means = new Float64Array(count);
  for (let a = 0; a < count; a++)
    for (let b = 0; b < a; b++) {
      let squares = 0;
      for (const outputs of predictions)
        for (const [i, value] of (outputs[a] ?? []).entries()) squares += (value - outputs[b]![i]!) ** 2;
      const distance = Math.sqrt(squares) / Math.max(1, count - 1);
      means[a]! += distance;
      means[b]! += distance;
    }
  return means;
}
