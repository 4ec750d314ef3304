// SPDX-License-Identifier: Apache-2.0
#include "explain.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <wattpurse/codec/dlt645/framer.hpp>

#include "text_table.hpp"

namespace wattpurse::cli {
namespace {

namespace dlt645 = codec::dlt645;

constexpr std::size_t bytes_a_row = 8;
constexpr const char* comma = ", ";
constexpr std::size_t data_at = 10;  // of DATA, behind the first 68

struct table_row {
    std::string offset;
    std::string wire;
    std::string decoded;
    std::string meaning;
};

std::string padded(const std::string& text, std::size_t columns)
{
    const std::size_t width = display_width(text);
    return text + std::string(columns > width ? columns - width : 0, ' ');
}

std::string spaced_hex(byte_span bytes, bool is_secret)
{
    std::string out;
    for (const std::uint8_t byte : bytes) {
        const std::array<std::uint8_t, 1> one{byte};
        out += (out.empty() ? "" : " ") + (is_secret ? std::string{"**"} : hex_text(one));
    }
    return out;
}

class frame_table {
public:
    frame_table(const dlt645::frame& what, const frame_report& report,
                const explained_place& place, const phrases& say)
        : frame_{what}, report_{report}, place_{place}, say_{say}
    {
        std::array<std::uint8_t, dlt645::frame_size_max> buffer{};
        const auto size = dlt645::encode(what, buffer, 0);
        wire_.assign(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*size));
    }

    std::string text()
    {
        add_head();
        for (const data_part& part : report_.parts) {
            add_data(part);
        }
        add_tail();
        return title() + table() + notes();
    }

private:
    [[nodiscard]] std::string title() const
    {
        const bool is_1997 = dlt645::edition_of(frame_) == dlt645::edition::y1997;
        return std::string{is_1997 ? "DL/T 645-1997, " : "DL/T 645-2007, "} +
               std::string{frame_.address.text().view()} + comma + control_text() + "\n";
    }

    [[nodiscard]] std::string control_text() const
    {
        std::string out = say_(frame_.is_from_meter() ? "response" : "request") + comma +
                          say_(dlt645::function_name(frame_));
        out += frame_.is_abnormal() ? comma + say_("refused") : "";
        out += frame_.has_follow() ? comma + say_("more to be read with a follow-on") : "";
        return out;
    }

    void add_head()
    {
        if (place_.preamble > 0) {
            const std::vector<std::uint8_t> preamble(
                std::min<std::size_t>(place_.preamble, bytes_a_row), dlt645::preamble_byte);
            rows_.push_back({std::to_string(place_.offset - place_.preamble),
                             spaced_hex(preamble, false), "",
                             say_("preamble, {} bytes", {std::to_string(place_.preamble)})});
        }
        add_plain(0, 1, say_("start of the frame"));
        add_plain(1, 6, say_("address {}", {frame_.address.text().view()}) + address_note());
        add_plain(7, 1, say_("start of the frame"));
        add_plain(8, 1, say_("control: {}", {control_text()}));
        add_plain(9, 1, say_("length of DATA: {}", {std::to_string(frame_.length)}));
    }

    [[nodiscard]] std::string address_note() const
    {
        if (frame_.address.is_broadcast()) {
            return comma + say_("everybody");
        }
        return frame_.address.has_wildcard() ? comma + say_("AA stands for any") : "";
    }

    void add_tail()
    {
        const std::size_t end = data_at + frame_.length;
        if (report_.holds_secret) {
            rows_.push_back({std::to_string(place_.offset + end), "**", "",
                             say_("checksum, right; not shown beside a secret")});
        } else {
            add_plain(end, 1, say_("checksum, right"));
        }
        add_plain(end + 1, 1, say_("end of the frame"));
    }

    void add_plain(std::size_t begin, std::size_t size, std::string meaning)
    {
        rows_.push_back({std::to_string(place_.offset + begin),
                         spaced_hex(byte_span{wire_}.subspan(begin, size), false), "",
                         std::move(meaning)});
    }

    void add_data(const data_part& part)
    {
        if (part.size == 0) {
            rows_.push_back({"", "", "", part.meaning});
            return;
        }
        for (std::size_t done = 0; done < part.size; done += bytes_a_row) {
            const std::size_t begin = part.begin + done;
            const std::size_t size = std::min(bytes_a_row, part.size - done);
            rows_.push_back(
                {std::to_string(place_.offset + data_at + begin),
                 spaced_hex(byte_span{wire_}.subspan(data_at + begin, size), part.is_secret),
                 spaced_hex(frame_.payload().subspan(begin, size), part.is_secret),
                 done == 0 ? part.meaning : ""});
        }
    }

    [[nodiscard]] std::string table() const
    {
        const table_row head{say_("offset"), say_("on the wire"), say_("less 33H"),
                             say_("meaning")};
        std::array<std::size_t, 3> widths{display_width(head.offset), display_width(head.wire),
                                          display_width(head.decoded)};
        for (const table_row& row : rows_) {
            widths[0] = std::max(widths[0], row.offset.size());
            widths[1] = std::max(widths[1], row.wire.size());
            widths[2] = std::max(widths[2], row.decoded.size());
        }
        std::string out = line(head, widths, false);
        for (const table_row& row : rows_) {
            out += line(row, widths, true);
        }
        return out;
    }

    [[nodiscard]] static std::string line(const table_row& row,
                                          const std::array<std::size_t, 3>& widths, bool right)
    {
        const std::string blanks(widths[0] - std::min(widths[0], display_width(row.offset)), ' ');
        std::string out = right ? blanks + row.offset : row.offset + blanks;
        out += "  " + padded(row.wire, widths[1]) + "  " + padded(row.decoded, widths[2]) + "  " +
               row.meaning;
        out.erase(out.find_last_not_of(' ') + 1);
        return out + "\n";
    }

    [[nodiscard]] std::string notes() const
    {
        std::string out;
        for (const std::string& warning : report_.warnings) {
            out += say_("note: {}", {warning}) + "\n";
        }
        return out;
    }

    const dlt645::frame& frame_;
    const frame_report& report_;
    const explained_place& place_;
    const phrases& say_;
    std::vector<std::uint8_t> wire_;
    std::vector<table_row> rows_;
};

}  // namespace

std::string explain_frame(const dlt645::frame& frame, const frame_report& report,
                          const explained_place& place, const phrases& say)
{
    return frame_table{frame, report, place, say}.text();
}

}  // namespace wattpurse::cli
