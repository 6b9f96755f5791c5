// Plots, drawn by uPlot, which is loaded when the first one is shown.
import uPlot from "uplot";

const HEIGHT = 130;

export function plotOverTime(host: HTMLElement, data: [number[], number[], number[]], labels: [string, string]): () => void {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line") } };
  const points = { show: data[0].length < 40 };
  const figure = (_: uPlot, value: number | null) => (value === null ? "" : new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 }).format(value));
  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const plot = new uPlot(
    {
      width: host.clientWidth,
      height: HEIGHT,
      series: [
        { label: "Time", value: (_, at) => (at === null ? "" : clock.format(at * 1000)) },
        { label: labels[0], stroke: colour("--accent"), width: 2, points, value: figure },
        { label: labels[1], stroke: colour("--second"), width: 2, dash: [6, 4], points, value: figure },
      ],
      axes: [
        { ...axis, space: 90, values: (_, ticks) => ticks.map((at) => clock.format(at * 1000)) },
        { ...axis, size: 56, values: (_, ticks) => ticks.map((value) => figure(_, value)) },
      ],
      scales: { x: range(data[0]), y: { range: (_, low, high) => [Math.min(0, low), Math.max(1, high * 1.1)] } },
      legend: { show: true },
    },
    data,
    host,
  );
  const observer = new ResizeObserver(() => plot.setSize({ width: host.clientWidth, height: HEIGHT }));
  observer.observe(host);
  return () => {
    observer.disconnect();
    plot.destroy();
  };
}

/** A scale that shows at least ten seconds, so that the first requests are not at its edge. */
function range(times: number[]): uPlot.Scale {
  const [from, until] = [times[0] ?? 0, times[times.length - 1] ?? 0];
  const missing = Math.max(0, 10 - (until - from));
  return { range: () => [from - missing, until + 0.5] };
}
