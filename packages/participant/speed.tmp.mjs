import { compileNetwork } from './dist/training/index.js';
import { parseModel, createManifest, initialiseWeights } from '@synergos/fed-algorithms';
async function bench(label, layers, shape, B, n, criterion='CrossEntropyLoss') {
  const model = parseModel(layers); const manifest = createManifest(model);
  const out = [];
  for (const backend of ['cpu','wasm']) {
    const net = await compileNetwork(model, {criterion, action:'classify', backend});
    const w = initialiseWeights(model, manifest, 1);
    const size = shape.reduce((a,b)=>a*b,1);
    const batch = {features: new Float32Array(B*size).map(()=>Math.random()), shape, targets: new Float32Array(B).map((_,i)=>i%3), count:B};
    for (let i=0;i<Math.min(50,n);i++) net.lossAndGradient(w,batch,i);
    const t=performance.now(); for (let i=0;i<n;i++) net.lossAndGradient(w,batch,i);
    out.push(`${backend} ${((performance.now()-t)/n).toFixed(3)} ms`);
  }
  console.log(label, out.join('  '), 'params', manifest.size);
}
const lin=(i,o,a='identity')=>({l_type:'Linear',structure:{in_features:i,out_features:o},activation:a});
await bench('softmax 8-3 B16', [lin(8,3,'softmax')],[8],16,2000);
await bench('softmax 8-3 B300', [lin(8,3,'softmax')],[8],300,1000);
await bench('mlp 8-16-3 B16', [lin(8,16,'relu'),lin(16,3,'softmax')],[8],16,1000);
await bench('mlp 16-32-3 B32', [lin(16,32,'relu'),lin(32,3,'softmax')],[16],32,1000);
await bench('mlp 32-64-3 B32', [lin(32,64,'relu'),lin(64,3,'softmax')],[32],32,500);
await bench('mlp 64-64-3 B64', [lin(64,64,'relu'),lin(64,3,'softmax')],[64],64,200);
await bench('softmax 64-10 B64', [lin(64,10,'softmax')],[64],64,500);
await bench('softmax 784-10 B64', [lin(784,10,'softmax')],[784],64,100);
await bench('mlp 784-128-10 B64', [lin(784,128,'relu'),lin(128,10,'softmax')],[784],64,30);
const conv=(i,o,k)=>({l_type:'Conv2d',structure:{in_channels:i,out_channels:o,kernel_size:k},activation:'relu'});
await bench('cnn 8x8 B16',[conv(1,4,3),{l_type:'MaxPool2d',structure:{kernel_size:2}},{l_type:'Flatten'},lin(36,3,'softmax')],[1,8,8],16,300);
await bench('cnn 28x28 B32',[conv(1,8,3),{l_type:'MaxPool2d',structure:{kernel_size:2}},conv(8,16,3),{l_type:'MaxPool2d',structure:{kernel_size:2}},{l_type:'Flatten'},lin(400,10,'softmax')],[1,28,28],32,10);
