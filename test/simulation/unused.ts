/** A service that the engine asks for and the simulation has no part in, but for the methods that are given. */
export function unused<Service extends object>(name: string, given: Partial<Service> = {}): Service {
  // Nothing else of it is called: whoever does is told.
  return new Proxy(given as Service, {
    get: (target, method) =>
      Reflect.get(target, method) ??
      (async () => {
        throw new Error(`the simulation has no ${name}: ${String(method)}`);
      }),
  });
}
