// Usage: node check-boundaries.js [ROOT]
import { fileURLToPath } from 'node:url';
import { findBoundaryFaults } from './cruise-boundaries.js';

const root = process.argv[2] ?? fileURLToPath(new URL('../../', import.meta.url));
const { seen, faults } = await findBoundaryFaults(root);

for (const fault of faults) console.error(`boundary: ${fault}`);
console.log(`${seen} modules of src/ judged, ${faults.length} faults`);
if (faults.length > 0) process.exitCode = 1;
