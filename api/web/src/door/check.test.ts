import { describe, expect, test } from "vitest";
import { contactOf } from "../api/account";
import { checkCode, checkContact, checkEmail, checkPassword, checkPhone } from "./check";

describe("what is typed at the door", () => {
  test("phones as people write them", () => {
    for (const phone of ["13800138000", "+86 138 0013 8000", "0086-138-0013-8000", "１３８００１３８０００", "+44 (20) 7946 0958"])
      expect(checkPhone(phone), phone).toBeUndefined();
    for (const phone of ["", "1380", "name@example.org", "abcdefghijk"]) expect(checkPhone(phone), phone).toBe("phone.wrong");
  });
  test("a contact is a phone, an address, or an organization's account", () => {
    expect(contactOf(" 13800138000 ")).toEqual({ phone: "13800138000" });
    expect(contactOf("a@example.org")).toEqual({ email: "a@example.org" });
    expect(contactOf("0042@晨星科技")).toEqual({ login: "0042@晨星科技" });
    expect(contactOf("7@Acme Inc. China")).toEqual({ login: "7@Acme Inc. China" });
    expect(checkContact("0042@晨星科技")).toBeUndefined();
    expect(checkContact("0042@")).toBe("field.empty");
  });
  test("addresses, codes and passwords", () => {
    expect(checkEmail("a@b")).toBe("email.wrong");
    expect(checkCode("12345")).toBe("code.wrong");
    expect(checkCode("012345")).toBeUndefined();
    expect(checkPassword("短短短短短短短短短")).toBe("password.short");
    expect(checkPassword("四匹绿马一座桥四匹绿")).toBeUndefined();
  });
});
