import type { EChartsCoreOption } from "echarts/core";

export interface Palette {
  ink: string;
  muted: string;
  line: string;
  brand: string;
  good: string;
  warn: string;
  bad: string;
  info: string;
  calm: string;
}

/** palette reads the page's colours, so that charts follow light and dark. */
export function palette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: read("ink"),
    muted: read("muted"),
    line: read("line"),
    brand: read("brand"),
    good: read("good"),
    warn: read("warn"),
    bad: read("bad"),
    info: read("info"),
    calm: read("calm"),
  };
}

/** hoursOfDay draws punches per hour of the wall clock; hours without a punch may be missing. */
export function hoursOfDay(hours: { hour: number; punches: number }[], unit: string, colours: Palette): EChartsCoreOption {
  const counts = Array.from({ length: 24 }, (_, hour) => hours.find((h) => h.hour === hour)?.punches ?? 0);
  return {
    grid: { left: 36, right: 8, top: 12, bottom: 26 },
    tooltip: { trigger: "axis", valueFormatter: (value: unknown) => `${String(value)} ${unit}` },
    xAxis: {
      type: "category",
      data: counts.map((_, hour) => `${String(hour).padStart(2, "0")}:00`),
      axisLabel: { color: colours.muted, interval: 2 },
      axisLine: { lineStyle: { color: colours.line } },
      axisTick: { show: false },
    },
    yAxis: { type: "value", minInterval: 1, axisLabel: { color: colours.muted }, splitLine: { lineStyle: { color: colours.line } } },
    series: [{ type: "bar", data: counts, barCategoryGap: "25%", itemStyle: { color: colours.brand, borderRadius: [3, 3, 0, 0] } }],
  };
}

export interface Slice {
  name: string;
  value: number;
  colour: string;
}

/** ring draws the parts of the day; empty parts are left out. */
export function ring(slices: Slice[], unit: string, colours: Palette): EChartsCoreOption {
  return {
    tooltip: { trigger: "item", valueFormatter: (value: unknown) => `${String(value)} ${unit}` },
    legend: { bottom: 0, textStyle: { color: colours.ink }, icon: "circle", itemHeight: 9 },
    series: [
      {
        type: "pie",
        radius: ["52%", "76%"],
        center: ["50%", "42%"],
        label: { show: false },
        itemStyle: { borderWidth: 2, borderColor: "transparent" },
        data: slices.filter((s) => s.value > 0).map((s) => ({ name: s.name, value: s.value, itemStyle: { color: s.colour } })),
      },
    ],
  };
}
