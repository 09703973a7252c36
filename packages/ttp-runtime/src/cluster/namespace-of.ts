/** Prefix of a cluster's queues: several clusters may share a broker. */
export function namespaceOf(cluster: string): string {
  return `synergos.${cluster.slice(0, 8)}`;
}
