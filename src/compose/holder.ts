import { hostname } from 'node:os';

/** The name of a process as holder of leases: where it runs, its number there, and a random part, because numbers come again. */
export function holderName(random: string): string {
  return `${hostname()}/${process.pid}/${random}`;
}

/** Whether a holder, or one that it made names for, may still be at work, as far as this process can see: those of other machines may always be. */
export function mayBeAlive(holder: string, own: string): boolean {
  const [host = '', pid = ''] = holder.split('/');
  if (host !== hostname()) return true;
  // A container gives its only process the same number each time.
  if (Number(pid) === process.pid) return holder.startsWith(own);
  try {
    // Signal 0 asks only whether the process is there.
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    // Holds: a failed system call throws nothing else. EPERM: it is there, and another user's.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
