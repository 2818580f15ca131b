/** DaySlot is one of the two ends of a section, as a page shows it. */
export interface DaySlot {
  checkType: string;
  punchAt: string | null;
  planAt: string | null;
  timeResult: string | null;
  minutes: number;
}

interface Slot {
  check_type: string;
  plan_at: string | null;
  punch_at: string | null;
  time_result: string | null;
  minutes: number;
}

function isSlot(value: unknown): value is Slot {
  return typeof value === "object" && value !== null && "check_type" in value && "punch_at" in value;
}

/** slotsOf reads the slots of a day as rules §6 names them. */
export function slotsOf(slots: unknown): DaySlot[] {
  const list: unknown[] = Array.isArray(slots) ? slots : [];
  return list.filter(isSlot).map((slot) => ({
    checkType: slot.check_type,
    planAt: slot.plan_at,
    punchAt: slot.punch_at,
    timeResult: slot.time_result,
    minutes: slot.minutes,
  }));
}
