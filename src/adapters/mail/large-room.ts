/** Smaller ones come and go without anybody noticing. */
const largeOctets = 1024 * 1024;
/**
 * What is larger than that, the allocator of Linux takes from the system by itself and gives back as soon as nobody holds it; smaller room it keeps, once it has had some of
 * that size (mallopt(3), M_MMAP_THRESHOLD: 32 MB at most). Of such room only that is in memory which was written to.
 */
const ownOctets = 33 * 1024 * 1024;

/** How much room to ask for where so many octets are to come. */
export function roomFor(octets: number): number {
  return octets < largeOctets ? octets : Math.max(octets, ownOctets);
}
