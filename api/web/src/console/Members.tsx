import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Table } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schema } from "../api/client";
import { after } from "../api/position";
import { useLayer, useParam } from "../lib/address";
import type { Seat } from "../shell/seat";
import { useOrganization } from "../shell/useOrganization";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { ChoiceField, TextField } from "../ui/Field";
import { Loading } from "../ui/Loading";
import { FailureNotice } from "../ui/Notice";
import { ImportMembers } from "./ImportMembers";
import { MemberSheet } from "./MemberSheet";
import { ProvisionMember } from "./ProvisionMember";
import { choicesOf, useDepartments, useGroups } from "./queries";

type Member = Schema["MemberView"];

const PAGE = 50;

/** Members lists who belongs to the organization, and opens each to be changed. */
export function Members({ org, seat }: { org: string; seat: Seat }) {
  const { t } = useTranslation();
  const [department, setDepartment] = useParam("department");
  const [query, setQuery] = useParam("q");
  const [sheet, openSheet, closeSheet] = useLayer("sheet");
  const [chosen, choose, leave] = useLayer("member");
  const departments = useDepartments(org);
  const members = useMemberPages(org, department, query);
  const items = (members.data?.pages ?? []).flatMap((page) => page.items ?? []);
  const member = useChosen(org, chosen, items);
  return (
    <section className="card">
      <div className="filters">
        <h1>{t("members.title")}</h1>
        <Button small onClick={() => openSheet("import")}>
          {t("members.import")}
        </Button>
        <Button small tone="primary" onClick={() => openSheet("add")}>
          {t("members.add")}
        </Button>
      </div>
      <div className="two narrowing">
        <ChoiceField
          label={t("department")}
          value={department}
          onText={setDepartment}
          options={choicesOf(departments.data?.items, t("all"))}
        />
        <Search value={query} onSearch={(text) => setQuery(text, "replace")} />
      </div>
      <FailureNotice error={members.error} />
      <div className="fading" aria-busy={members.isPlaceholderData}>
        {members.isSuccess && items.length === 0 ? (
          <Empty title={t(query || department ? "members.none" : "members.empty")}>
            {!query && !department && t("members.empty.help")}
          </Empty>
        ) : (
          <List org={org} items={items} pending={members.isPending} onChoose={choose} />
        )}
      </div>
      {members.hasNextPage && (
        <Button block onClick={() => void members.fetchNextPage()}>
          {t("more")}
        </Button>
      )}
      {sheet === "add" && <ProvisionMember org={org} onClose={() => closeSheet()} />}
      {sheet === "import" && <ImportMembers org={org} onClose={() => closeSheet()} />}
      {member && <MemberSheet key={member.id} org={org} seat={seat} member={member} onClose={leave} />}
    </section>
  );
}

const PAUSE_MS = 200;

/** Search is asked when somebody stops typing for a moment; the address holds what was asked. */
function Search({ value, onSearch }: { value: string; onSearch: (text: string) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(value);
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => onSearch(typed), PAUSE_MS);
    return () => clearTimeout(timer);
  });
  return (
    <TextField
      label={t("members.search")}
      value={typed}
      onText={setTyped}
      autoComplete="off"
      type="search"
      help={t("members.search.help")}
    />
  );
}

/** useChosen is the member that the address names, also one that the list does not show yet. */
function useChosen(org: string, id: string, items: Member[]): Member | undefined {
  const listed = items.find((m) => m.id === id);
  const asked = useQuery({
    queryKey: ["member", org, id],
    enabled: id !== "" && !listed,
    queryFn: () => answer(api.GET("/api/v1/orgs/{org}/members/{member}", { params: { path: { org, member: id }, query: after(org) } })),
  });
  return listed ?? (id ? asked.data : undefined);
}

function useMemberPages(org: string, department: string, query: string) {
  return useInfiniteQuery({
    queryKey: ["members", org, department, query.trim()],
    placeholderData: keepPreviousData,
    initialPageParam: "",
    queryFn: ({ pageParam }) =>
      answer(
        api.GET("/api/v1/orgs/{org}/members", {
          params: {
            path: { org },
            query: {
              ...after(org),
              current: true,
              limit: PAGE,
              cursor: pageParam,
              ...(department && { department }),
              ...(query.trim() && { query: query.trim() }),
            },
          },
        }),
      ),
    getNextPageParam: (last) => last.next || undefined,
  });
}

function List({ org, items, pending, onChoose }: { org: string; items: Member[]; pending: boolean; onChoose: (id: string) => void }) {
  const { t } = useTranslation();
  const departments = useDepartments(org);
  const groups = useGroups(org);
  const owners = useOrganization(org).data?.owners ?? [];
  const nameOf = (list: { id: string; name: string }[] | null | undefined, id: string | undefined) =>
    list?.find((x) => x.id === id)?.name ?? "";
  if (pending) return <Loading />;
  const groupOf = (m: Member) => nameOf(groups.data?.items, (m.groups ?? []).at(-1)?.group);
  return (
    <Table<Member>
      rowKey="id"
      size="middle"
      pagination={false}
      dataSource={items}
      columns={[
        {
          title: t("col.member"),
          render: (_, m) => (
            <>
              <button type="button" className="inline name" onClick={() => onChoose(m.id)}>
                {m.name || m.number || t("members.noname")}
              </button>
              <div className="note">{m.number}</div>
            </>
          ),
        },
        { title: t("department"), responsive: ["md"], render: (_, m) => nameOf(departments.data?.items, m.department) || "–" },
        { title: t("group"), responsive: ["md"], render: (_, m) => groupOf(m) || <span className="warn">{t("members.nogroup")}</span> },
        { title: t("position"), dataIndex: "position", responsive: ["lg"], render: (text: string) => text || "–" },
        { title: t("roles"), render: (_, m) => <Roles member={m} owner={owners.includes(m.id)} /> },
        { title: t("members.account"), responsive: ["md"], render: (_, m) => t(m.account ? "members.linked" : "members.unlinked") },
      ]}
    />
  );
}

function Roles({ member, owner }: { member: Member; owner: boolean }) {
  const { t } = useTranslation();
  const roles = [...new Set((member.roles ?? []).map((r) => r.role))].filter((r) => r !== "employee");
  const said = owner ? ["owner", ...roles] : roles;
  return (
    <span className="pills">
      {said.map((role) => (
        <span key={role} className="pill info">
          {t(`role.${role}`)}
        </span>
      ))}
      {said.length === 0 && t("role.employee")}
    </span>
  );
}
