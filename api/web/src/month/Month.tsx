import { addWords } from "../i18n";
import { Organized } from "../shell/Organized";
import type { Seat } from "../shell/seat";
import { MonthPage } from "./MonthPage";
import * as words from "./words";

addWords(words);

/** Month is the statistics of an organization's months, loaded when they are asked for. */
export default function Month({ seat }: { seat: Seat }) {
  const { org } = seat;
  return <Organized org={org}>{(organization) => <MonthPage key={org} org={org} zone={organization.time_zone || "UTC"} />}</Organized>;
}
