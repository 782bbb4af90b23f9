"""Measures erp5diff and xmldiff on pairs of documents, as the benchmark of the project asks on its standard input: a JSON object with the peers wanted and the sets of
pairs. For each set and peer, one line of JSON: the best of the processor times to parse, compare and write, the octets written, and the texts themselves if they are asked for."""
import importlib.metadata
import json
import sys
import time


def erp5diff():
    from ERP5Diff.ERP5Diff import ERP5Diff

    def run(old, new):
        diff = ERP5Diff()
        diff.compare(old, new)
        return diff.outputString()

    return run


def xmldiff():
    from xmldiff import formatting, main

    def run(old, new):
        options = {"fast_match": True}
        return main.diff_texts(old.encode(), new.encode(), diff_options=options, formatter=formatting.DiffFormatter())

    return run


PEERS = {"erp5diff": erp5diff, "xmldiff": xmldiff}


def measure(run, pairs):
    times, outputs, failed = [], [], 0
    begin = time.perf_counter()
    # Slow ones once, quick ones until a second is over.
    while not times or (time.perf_counter() - begin < 1 and len(times) < 21):
        outputs, failed, total = [], 0, 0.0
        for old, new in pairs:
            start = time.process_time()
            try:
                written = run(old, new)
            except Exception:
                written, failed = None, failed + 1
            total += time.process_time() - start
            outputs.append(written.decode() if isinstance(written, bytes) else written)
        times.append(total * 1000)
    return min(times), outputs, failed


def main():
    request = json.load(sys.stdin)
    for name in request["peers"]:
        try:
            run = PEERS[name]()
        except ImportError as error:
            print(json.dumps({"peer": name, "missing": str(error)}), flush=True)
            continue
        version = importlib.metadata.version(name)
        for each in request["sets"]:
            ms, outputs, failed = measure(run, each["pairs"])
            octets = sum(len(text.encode()) for text in outputs if text is not None)
            line = {"peer": name, "version": version, "set": each["name"], "ms": ms, "octets": octets, "failed": failed}
            if name == "erp5diff":
                line["outputs"] = outputs
            print(json.dumps(line), flush=True)


main()
