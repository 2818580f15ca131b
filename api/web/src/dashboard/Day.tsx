import { addWords } from "../i18n";
import { Organized } from "../shell/Organized";
import type { Seat } from "../shell/seat";
import { DashboardPage } from "./DashboardPage";
import * as words from "./words";

addWords(words);

/** Day is the dashboard of one organization, loaded when it is asked for. */
export default function Day({ seat }: { seat: Seat }) {
  const { org } = seat;
  return <Organized org={org}>{(organization) => <DashboardPage key={org} organization={organization} seat={seat} />}</Organized>;
}
