import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import { after } from "../api/position";
import { addWords } from "../i18n";
import { Antd } from "../shell/Antd";
import type { Seat } from "../shell/seat";
import { Trouble } from "../shell/states";
import { Loading } from "../ui/Loading";
import { MonthPage } from "./MonthPage";
import * as words from "./words";

addWords(words);

/** Month is the statistics of an organization's months, loaded when they are asked for. */
export default function Month({ seat }: { seat: Seat }) {
  const { org } = seat;
  const organization = useQuery({
    queryKey: ["organization", org],
    queryFn: () => answer(api.GET("/api/v1/orgs/{org}", { params: { path: { org }, query: after(org) } })),
  });
  if (organization.isError && !organization.data) return <Trouble error={organization.error} retry={() => void organization.refetch()} />;
  if (!organization.data) return <Loading />;
  return <Antd><MonthPage key={org} org={org} zone={organization.data.time_zone || "UTC"} /></Antd>;
}
