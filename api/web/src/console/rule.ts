import { language } from "../lib/language";

/** RuleForm is one fixed shift a day, with what most companies set. Times are HH:MM in the zone, minutes and metres are whole. */
export interface RuleForm {
  zone: string;
  from: string;
  on: string;
  off: string;
  /** week has seven entries, Monday first: true is a workday. */
  week: boolean[];
  holidays: boolean;
  permitLate: string;
  permitEarly: string;
  breakFrom: string;
  breakTo: string;
  photo: boolean;
  field: string;
  place: boolean;
  placeName: string;
  lat: string;
  lng: string;
  radius: string;
}

type Document = Record<string, unknown>;

/** SHIFT is what a new shift is called until somebody names it. */
const SHIFT = { zh: "白班", en: "Day shift" };

/** newRule is where a form begins. */
export function newRule(zone: string, from: string): RuleForm {
  return {
    zone,
    from,
    on: "09:00",
    off: "18:00",
    week: [true, true, true, true, true, false, false],
    holidays: zone === "Asia/Shanghai",
    permitLate: "0",
    permitEarly: "0",
    breakFrom: "",
    breakTo: "",
    photo: false,
    field: "flag",
    place: false,
    placeName: "",
    lat: "",
    lng: "",
    radius: "300",
  };
}

/** ruleOf writes the rule document (rules §1); what an earlier document said beside the form is kept. */
export function ruleOf(form: RuleForm, name: string, before: Document = {}): Document {
  const kept = { ...before };
  delete kept.version;
  const shifts = record(before.shifts);
  const shiftName = Object.keys(shifts)[0] ?? SHIFT[language()];
  const shift = record(shifts[shiftName]);
  const section = record(list(shift.sections)[0]);
  return {
    ...kept,
    name,
    kind: "fixed",
    time_zone: form.zone,
    effective_from: form.from,
    shifts: {
      [shiftName]: {
        ...shift,
        sections: [{ ...section, on: form.on, off: form.off }],
        breaks: form.breakFrom && form.breakTo ? [{ from: form.breakFrom, to: form.breakTo }] : [],
        permit_late_min: Number(form.permitLate),
        permit_early_min: Number(form.permitEarly),
      },
    },
    week: form.week.map((work) => (work ? shiftName : null)),
    holidays: form.holidays ? "CN" : "none",
    photo_required: form.photo,
    field_punch: form.field,
    places: form.place
      ? [
          {
            ...record(list(before.places)[0]),
            id: placeID(before),
            name: form.placeName.trim(),
            lat: Number(form.lat),
            lng: Number(form.lng),
            radius_m: Number(form.radius),
          },
        ]
      : [],
  };
}

const placeID = (before: Document) => text(record(list(before.places)[0]).id) || "place";

/** formOf reads a document into the form, or gives null when it says more than the form can show. */
export function formOf(document: unknown): RuleForm | null {
  const rule = record(document);
  const shifts = Object.entries(record(rule.shifts));
  const [name, value] = shifts[0] ?? [];
  const shift = record(value);
  const sections = list(shift.sections);
  const breaks = list(shift.breaks);
  const places = list(rule.places);
  const special = Object.keys(record(rule.special_days)).length;
  if (
    (rule.kind ?? "fixed") !== "fixed" ||
    shifts.length !== 1 ||
    sections.length !== 1 ||
    breaks.length > 1 ||
    places.length > 1 ||
    special > 0
  )
    return null;
  const [section, pause, place] = [record(sections[0]), record(breaks[0]), record(places[0])];
  const week =
    Array.isArray(rule.week) && rule.week.length === 7
      ? rule.week.map((day) => day === name)
      : [true, true, true, true, true, false, false];
  return {
    zone: text(rule.time_zone),
    from: text(rule.effective_from),
    on: text(section.on),
    off: text(section.off),
    week,
    holidays: rule.holidays === "CN",
    permitLate: whole(shift.permit_late_min),
    permitEarly: whole(shift.permit_early_min),
    breakFrom: text(pause.from),
    breakTo: text(pause.to),
    photo: rule.photo_required === true,
    field: text(rule.field_punch) || "flag",
    place: places.length === 1,
    placeName: text(place.name),
    lat: number(place.lat),
    lng: number(place.lng),
    radius: whole(place.radius_m) === "0" ? "300" : whole(place.radius_m),
  };
}

function record(value: unknown): Document {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown) => (typeof value === "string" ? value : "");
const number = (value: unknown) => (typeof value === "number" ? String(value) : "");
const whole = (value: unknown) => (typeof value === "number" ? String(Math.round(value)) : "0");

type Wrong = string | undefined;

const inside = (value: string, low: number, high: number) => value.trim() !== "" && Number(value) >= low && Number(value) <= high;

/** checks say what the form cannot send; the server judges the whole document again. */
export const ruleChecks = {
  on: (on: string, f: RuleForm): Wrong => (on && f.off && on < f.off ? undefined : "rule.times.wrong"),
  off: (off: string): Wrong => (off ? undefined : "field.empty"),
  from: (from: string): Wrong => (from ? undefined : "field.empty"),
  week: (week: boolean[]): Wrong => (week.some(Boolean) ? undefined : "rule.week.wrong"),
  permitLate: (minutes: string): Wrong => (inside(minutes, 0, 600) ? undefined : "rule.minutes.wrong"),
  permitEarly: (minutes: string): Wrong => (inside(minutes, 0, 600) ? undefined : "rule.minutes.wrong"),
  breakTo: (to: string, f: RuleForm): Wrong =>
    (!to && !f.breakFrom) || (f.on < f.breakFrom && f.breakFrom < to && to < f.off) ? undefined : "rule.break.wrong",
  lat: (lat: string, f: RuleForm): Wrong => (!f.place || inside(lat, -90, 90) ? undefined : "rule.lat.wrong"),
  lng: (lng: string, f: RuleForm): Wrong => (!f.place || inside(lng, -180, 180) ? undefined : "rule.lng.wrong"),
  radius: (radius: string, f: RuleForm): Wrong => (!f.place || inside(radius, 10, 100_000) ? undefined : "rule.radius.wrong"),
};
