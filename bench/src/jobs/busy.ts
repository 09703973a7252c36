// Computes for the given number of milliseconds and prints the amount of work done: the throughput of one core.
//   node busy.js MILLISECONDS
const endMs = performance.now() + Number(process.argv[2]);
const values = new Float64Array(1 << 12).fill(1);
let passes = 0;
for (; performance.now() < endMs; passes++)
  for (let i = 1; i < values.length; i++) values[i] = Math.sqrt(values[i - 1]! * values[i]! + 1);
console.log(passes);
