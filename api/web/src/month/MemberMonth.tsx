import { DayList } from "../home/DayList";
import { useTranslation } from "react-i18next";
import { monthName } from "../home/month";
import { Sheet } from "../ui/Sheet";

interface Props {
  org: string;
  member: string;
  name: string;
  month: string;
  to: string;
  zone: string;
  onClose: () => void;
}

/** MemberMonth shows the days behind a member's figures. */
export function MemberMonth({ org, member, name, month, to, zone, onClose }: Props) {
  const { i18n } = useTranslation();
  return (
    <Sheet title={`${name} · ${monthName(month, i18n.language)}`} onClose={onClose}>
      <DayList org={org} member={member} from={`${month}-01`} to={to} zone={zone} />
    </Sheet>
  );
}
