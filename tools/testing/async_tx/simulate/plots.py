# SPDX-License-Identifier: GPL-2.0-only
"""Plots of what the contestants have made of the grid: SVG, by gnuplot."""
import subprocess

STEP = 100      # operations that become one point


def smooth(latency):
    """Means of so many operations each."""
    return [sum(latency[i:i + STEP]) / STEP for i in range(0, len(latency) - STEP + 1, STEP)]


def gnuplot(path, title, settings, curves):
    """Each curve is (name, [(x, y)])."""
    script = [f"set terminal svg size 900,540 dynamic background rgb 'white' name 'plot'",
              f"set output '{path}'", f"set title '{title}'", "set key outside right", "set grid",
              *settings]
    script += [f"$data{i} << END\n" + "".join(f"{x} {y:.6g}\n" for x, y in points) + "END"
               for i, (_, points) in enumerate(curves)]
    script.append("plot " + ", ".join(
        f"$data{i} with lines linewidth 2 title '{name}' noenhanced"
        for i, (name, _) in enumerate(curves)))
    subprocess.run(["gnuplot"], input="\n".join(script) + "\n", text=True, check=True)


def contestants(verdicts):
    return list({name: None for verdict in verdicts for name in verdict.runs})


def write_ratios(out, verdicts, what, title):
    """How far from the best each contestant was, its best cells first."""
    curves = []
    for name in contestants(verdicts):
        ratios = sorted(verdict.multiple(name, what)
                        for verdict in verdicts if name in verdict.runs)
        curves.append((name, [(100 * (i + 1) / len(ratios), y) for i, y in enumerate(ratios)]))
    gnuplot(out / f"{what}.svg", title,
            ["set xlabel '% of the cells'", "set ylabel 'multiple of the best contestant'",
             "set logscale y"], curves)


def write_changes(out, verdict):
    """How the latency goes on while an engine changes."""
    curves = [(name, [(i * STEP, mean / 1e3) for i, mean in enumerate(run.latency)])
              for name, run in verdict.runs.items()]
    gnuplot(out / (verdict.cell.replace("/", "-") + ".svg"), verdict.cell,
            ["set xlabel 'operation'", f"set ylabel 'mean latency of {STEP} operations, us'",
             "set logscale y"], curves)


def write_loads(out, verdicts):
    """Latency over load, where there is more than one load."""
    series = {}
    for verdict in verdicts:
        name, _, load = verdict.cell.rpartition("/")
        if load.isdigit():
            series.setdefault(name, {})[int(load)] = verdict
    for name, by_load in series.items():
        if "/16/1us/5G/" not in name or len(by_load) < 2:
            continue
        curves = [(who, [(load, verdict.runs[who].p99 / 1e3) for load, verdict in by_load.items()])
                  for who in contestants(by_load.values())]
        gnuplot(out / (name.replace("/", "-") + ".svg"), name,
                ["set xlabel 'load, %'", "set ylabel 'p99 latency, us'", "set logscale y"], curves)


def write(out, verdicts):
    write_ratios(out, verdicts, "makespan", "Makespan")
    write_ratios(out, verdicts, "p99", "99th percentile of the latency")
    write_loads(out, verdicts)
    for verdict in verdicts:
        if next(iter(verdict.runs.values())).latency:
            write_changes(out, verdict)
