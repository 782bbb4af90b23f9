/**
 * The milliseconds that all processors have worked for this process, its threads for garbage and compilation included. On a machine that others use as well it says more
 * than the time of day; whoever measures sees to it that nothing else of the process works meanwhile.
 */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
