// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <sstream>

#include "modbus_frame.hpp"
#include "report.hpp"
#include "text_table.hpp"

namespace wattpurse::cli {
namespace {

namespace modbus = codec::modbus;

constexpr std::size_t bytes_a_row = 8;

/// How the bytes of unit and PDU stand on the wire: apart, or as the digits they are written with.
class wire_table {
public:
    wire_table(const modbus_frame& frame, const phrases& say)
        : frame_{frame}, say_{say},
          table_{{say("offset"), say("on the wire"), say("meaning")}}
    {
    }

    std::string text(const modbus_report& report)
    {
        if (frame_.framing == modbus::framing::tcp) {
            add(0, 2, say_("transaction {}", {std::to_string(frame_.transaction)}));
            add(2, 2, say_("protocol: Modbus"));
            add(4, 2, say_("bytes that follow: {}", {std::to_string(frame_.pdu.size() + 1)}));
        }
        if (is_ascii()) add(0, 1, say_("start of the frame"));
        for (const modbus_part& part : report.parts) {
            add(head() + scale() * part.begin, scale() * part.size, part.meaning);
        }
        const std::size_t end = head() + scale() * (1 + frame_.pdu.size());
        if (frame_.framing == modbus::framing::rtu) add(end, 2, say_("checksum, right"));
        if (is_ascii()) add(end, 2, say_("checksum, right"));
        std::ostringstream out;
        out << title(report) << '\n';
        table_.print(out);
        for (const std::string& warning : report.warnings) {
            out << say_("note: {}", {warning}) << '\n';
        }
        return out.str();
    }

private:
    [[nodiscard]] bool is_ascii() const { return frame_.framing == modbus::framing::ascii; }
    [[nodiscard]] std::size_t head() const
    {
        if (is_ascii()) return 1;
        return frame_.framing == modbus::framing::tcp ? 6 : 0;
    }
    [[nodiscard]] std::size_t scale() const { return is_ascii() ? 2 : 1; }

    [[nodiscard]] std::string title(const modbus_report& report) const
    {
        std::string out = frame_.framing == modbus::framing::rtu   ? "Modbus RTU"
                          : frame_.framing == modbus::framing::tcp ? "Modbus TCP"
                                                                   : "Modbus ASCII";
        out += ", " + say_("unit {}", {std::to_string(frame_.unit)});
        if (report.object.contains("direction")) {
            out += ", " + say_(report.object["direction"].get<std::string>());
        }
        return out + ", " + say_(report.object["function_name"].get<std::string>());
    }

    void add(std::size_t begin, std::size_t size, const std::string& meaning)
    {
        const std::size_t row = is_ascii() ? 2 * bytes_a_row : bytes_a_row;
        for (std::size_t done = 0; done < size; done += row) {
            const auto piece =
                byte_span{frame_.wire}.subspan(begin + done, std::min(row, size - done));
            std::string shown;
            for (const std::uint8_t byte : piece) {
                const std::array<std::uint8_t, 1> one{byte};
                shown += is_ascii() ? std::string(1, static_cast<char>(byte))
                                    : (shown.empty() ? "" : " ") + hex_text(one);
            }
            table_.add({std::to_string(frame_.offset + begin + done), shown,
                        done == 0 ? meaning : ""});
        }
    }

    const modbus_frame& frame_;
    const phrases& say_;
    text_table table_;
};

}  // namespace

std::string explain_modbus(const modbus_frame& frame, const modbus_report& report,
                           const phrases& say)
{
    return wire_table{frame, say}.text(report);
}

}  // namespace wattpurse::cli
