import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import { DayList } from "../home/DayList";
import { useTranslation } from "react-i18next";
import { monthName } from "../home/month";
import { FailureNotice } from "../ui/Notice";
import { Sheet } from "../ui/Sheet";

interface Props {
  org: string;
  member: string;
  month: string;
  to: string;
  zone: string;
  onClose: () => void;
}

/** MemberMonth shows the days behind a member's figures. */
export function MemberMonth({ org, member, month, to, zone, onClose }: Props) {
  const { i18n } = useTranslation();
  const who = useQuery({
    queryKey: ["member", org, member],
    queryFn: () => answer(api.GET("/api/v1/orgs/{org}/members/{member}", { params: { path: { org, member } } })),
  });
  const name = who.data?.name || who.data?.number || "";
  return (
    <Sheet title={`${name} · ${monthName(month, i18n.language)}`} onClose={onClose}>
      <FailureNotice error={who.error} />
      <DayList org={org} member={member} from={`${month}-01`} to={to} zone={zone} />
    </Sheet>
  );
}
