// Plots, drawn by uPlot, which is loaded when the first one is shown.
import uPlot from "uplot";

export function plotUnits(host: HTMLElement, data: [number[], number[], number[]]): () => void {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line") } };
  const plot = new uPlot(
    {
      width: host.clientWidth,
      height: 130,
      series: [
        {},
        { label: "Read units", stroke: colour("--accent"), width: 2, points: { show: data[0].length < 40 } },
        { label: "Write units", stroke: colour("--second"), width: 2, points: { show: data[0].length < 40 } },
      ],
      axes: [axis, { ...axis, size: 50 }],
      legend: { show: true },
    },
    data,
    host,
  );
  const observer = new ResizeObserver(() => plot.setSize({ width: host.clientWidth, height: 130 }));
  observer.observe(host);
  return () => {
    observer.disconnect();
    plot.destroy();
  };
}
