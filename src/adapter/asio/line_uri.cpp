// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/adapter/asio/line_uri.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace wattpurse::adapter::asio {

namespace {

using kind_type = line_uri::kind_type;

/// How a line's text begins.
struct scheme {
    std::string_view text;
    line_protocol protocol;
    kind_type kind;
};
constexpr std::array<scheme, 8> schemes{{
    {"tcp://", line_protocol::dlt645, kind_type::tcp},
    {"serial://", line_protocol::dlt645, kind_type::serial},
    {"modbus-tcp://", line_protocol::modbus_tcp, kind_type::tcp},
    {"modbus-udp://", line_protocol::modbus_udp, kind_type::udp},
    {"modbus-rtu://", line_protocol::modbus_rtu, kind_type::serial},
    {"modbus-ascii://", line_protocol::modbus_ascii, kind_type::serial},
    {"modbus-rtu+tcp://", line_protocol::modbus_rtu, kind_type::tcp},
    {"modbus-ascii+tcp://", line_protocol::modbus_ascii, kind_type::tcp},
}};
constexpr std::uint16_t modbus_port = 502;  // of Modbus TCP (TCP guide 1.0b, 4.3.1)

std::string quoted(std::string_view text) { return '"' + std::string{text} + '"'; }

template <class Number>
std::optional<Number> number_of(std::string_view text)
{
    Number out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return out;
}

const scheme& scheme_of(const line_uri& line)
{
    const auto* const found = std::find_if(schemes.begin(), schemes.end(), [&](const scheme& each) {
        return each.protocol == line.protocol && each.kind == line.kind;
    });
    return found == schemes.end() ? schemes.front() : *found;
}

/// Reads the pieces of a URI and gathers what is wrong with them.
class uri_reader {
public:
    result<line_uri, std::string> read(std::string_view text)
    {
        const auto question = text.find('?');
        const std::string_view place = text.substr(0, question);
        const auto* const found =
            std::find_if(schemes.begin(), schemes.end(), [&](const scheme& each) {
                return place.substr(0, each.text.size()) == each.text;
            });
        if (place.find('@') != std::string_view::npos) {
            // Not repeated: there may be a password in it.
            faults_ = "a line has no user and no password: expected tcp://HOST:PORT";
        } else if (found == schemes.end()) {
            add(quoted(place) + ": expected tcp://HOST:PORT or serial:///dev/DEVICE, or of Modbus "
                "modbus-tcp://HOST:PORT, modbus-udp://HOST:PORT, modbus-rtu:///dev/DEVICE, "
                "modbus-ascii:///dev/DEVICE, modbus-rtu+tcp://HOST:PORT or "
                "modbus-ascii+tcp://HOST:PORT");
        } else {
            begin(*found);
            const std::string_view rest = place.substr(found->text.size());
            out_.kind == kind_type::serial ? read_device(rest, found->text) : read_peer(rest);
        }
        if (question != std::string_view::npos) read_options(text.substr(question + 1));
        if (!faults_.empty()) return tl::unexpected<std::string>{std::move(faults_)};
        return std::move(out_);
    }

private:
    void add(const std::string& fault) { faults_ += (faults_.empty() ? "" : "; ") + fault; }

    void expect(std::string_view name, std::string_view given, std::string_view wanted)
    {
        add(std::string{name} + ": " + quoted(given) + ": expected " + std::string{wanted});
    }

    /// What the protocol has where nothing is said. Meters come with 9600 baud and no parity,
    /// though the standard would have even parity (V1.02, 2.5.1).
    void begin(const scheme& what)
    {
        out_.protocol = what.protocol;
        out_.kind = what.kind;
        if (!out_.is_modbus()) return;
        const bool is_ascii = what.protocol == line_protocol::modbus_ascii;
        out_.settings.baud = 9600;
        out_.settings.parity = is_ascii ? parity_bit::even : parity_bit::none;
        out_.settings.data_bits = is_ascii ? 7 : 8;
        out_.lenient = true;
    }

    void read_peer(std::string_view text)
    {
        std::string_view host = text.substr(0, text.rfind(':'));
        std::string_view port = text.substr(host.size());
        if (!text.empty() && text.front() == '[') {  // an IPv6 address
            const auto end = text.find(']');
            host = text.substr(1, end == std::string_view::npos ? end : end - 1);
            port = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        }
        if (host.empty()) expect("host", host, "a name or an address");
        const bool ends_with_host = port.empty() && (text.empty() || text.front() != '[' ||
                                                     text.back() == ']');
        if (ends_with_host && has_window()) {
            out_.peer = {std::string{host}, modbus_port};
            return;
        }
        const bool has_port = !port.empty() && port.front() == ':';
        const auto number = has_port ? number_of<std::uint16_t>(port.substr(1)) : std::nullopt;
        if (!number || *number == 0) {
            expect("port", has_port ? port.substr(1) : port, "a number, 1 to 65535");
        }
        out_.peer = {std::string{host}, number.value_or(0)};
    }

    void read_device(std::string_view text, std::string_view begins)
    {
        out_.device = text;
        if (text.size() < 2 || text.front() != '/') {
            expect("device", text,
                   "an absolute path, as in " + std::string{begins} + "/dev/ttyUSB0");
        }
    }

    void read_options(std::string_view text)
    {
        while (!text.empty()) {
            const std::string_view item = text.substr(0, text.find('&'));
            text.remove_prefix(item.size() < text.size() ? item.size() + 1 : item.size());
            const auto equals = item.find('=');
            const bool has_value = equals != std::string_view::npos;
            read_option(item.substr(0, equals),
                        has_value ? item.substr(equals + 1) : std::string_view{});
        }
    }

    /// Which lines know an option.
    enum known_by : std::uint8_t {
        by_net = 1,      ///< tcp and udp
        by_port = 2,     ///< serial
        by_wire = 4,     ///< all with a wire behind them
        by_window = 8,   ///< the others
        by_ascii = 16,   ///< modbus-ascii on a serial port
        by_timing = 32,  ///< where patience is to be had
    };

    [[nodiscard]] bool has_window() const
    {
        return out_.protocol == line_protocol::modbus_tcp ||
               out_.protocol == line_protocol::modbus_udp;
    }

    [[nodiscard]] unsigned knows() const
    {
        const bool is_serial = out_.kind == kind_type::serial;
        const bool is_ascii = out_.protocol == line_protocol::modbus_ascii;
        const bool is_rtu = out_.protocol == line_protocol::modbus_rtu;
        unsigned out = is_serial ? by_port : by_net;
        out |= has_window() ? by_window : by_wire;
        if (is_serial && is_ascii) out |= by_ascii;
        if (!out_.is_modbus() || (is_serial && is_rtu)) out |= by_timing;
        return out;
    }

    void read_option(std::string_view name, std::string_view value)
    {
        using reader = void (uri_reader::*)(std::string_view name, std::string_view value);
        struct option {
            std::string_view name;
            reader read;
            known_by lines;
        };
        static constexpr std::array<option, 9> options{{
            {"baud", &uri_reader::read_baud, by_wire},
            {"parity", &uri_reader::read_parity, by_port},
            {"stop", &uri_reader::read_stop, by_port},
            {"data", &uri_reader::read_data, by_ascii},
            {"rs485", &uri_reader::read_rs485, by_port},
            {"echo", &uri_reader::read_echo, by_wire},
            {"lenient", &uri_reader::read_lenient, by_timing},
            {"connect_ms", &uri_reader::read_connect, by_net},
            {"window", &uri_reader::read_window, by_window},
        }};
        std::string known;
        for (const option& each : options) {
            if ((knows() & each.lines) == 0) continue;
            if (each.name == name) return (this->*each.read)(name, value);
            known += (known.empty() ? "" : ", ") + std::string{each.name};
        }
        // The value stays untold: who writes password=... should not find it in a log.
        add(quoted(name) + ": no such option of a " + std::string{kind_name()} +
            " line: expected " + known);
    }

    [[nodiscard]] std::string_view kind_name() const
    {
        if (!out_.is_modbus()) return out_.kind == kind_type::tcp ? "tcp" : "serial";
        const std::string_view text = scheme_of(out_).text;
        return text.substr(0, text.find(':'));
    }

    void read_baud(std::string_view name, std::string_view value)
    {
        out_.settings.baud = number_of<std::uint32_t>(value).value_or(0);
        if (!is_serial_rate(out_.settings.baud)) {
            expect(name, value,
                   "300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600 or 115200");
        }
    }

    void read_parity(std::string_view name, std::string_view value)
    {
        for (const auto parity : {parity_bit::none, parity_bit::even, parity_bit::odd}) {
            if (to_string(parity) == value) {
                out_.settings.parity = parity;
                return;
            }
        }
        expect(name, value, "even, odd or none");
    }

    void read_stop(std::string_view name, std::string_view value)
    {
        if (value != "1" && value != "2") return expect(name, value, "1 or 2");
        out_.settings.stop_bits = static_cast<std::uint8_t>(value.front() - '0');
    }

    void read_data(std::string_view name, std::string_view value)
    {
        if (value != "7" && value != "8") return expect(name, value, "7 or 8");
        out_.settings.data_bits = static_cast<std::uint8_t>(value.front() - '0');
    }

    void read_rs485(std::string_view name, std::string_view value)
    {
        read_switch(name, value, "off", "on", out_.settings.rs485);
    }
    void read_echo(std::string_view name, std::string_view value)
    {
        read_switch(name, value, "keep", "skip", out_.skip_echo);
    }
    void read_lenient(std::string_view name, std::string_view value)
    {
        read_switch(name, value, "off", "on", out_.lenient);
    }

    void read_switch(std::string_view name, std::string_view value, std::string_view no,
                     std::string_view yes, bool& into)
    {
        if (value != no && value != yes) {
            expect(name, value, std::string{yes} + " or " + std::string{no});
        }
        into = value == yes;
    }

    void read_connect(std::string_view name, std::string_view value)
    {
        const auto ms = number_of<std::uint32_t>(value);
        if (!ms || *ms < 1 || *ms > 600'000) {
            return expect(name, value, "milliseconds, 1 to 600000");
        }
        out_.connect_ms_max = duration{*ms};
    }

    void read_window(std::string_view name, std::string_view value)
    {
        const auto count = number_of<std::uint8_t>(value);
        if (!count || *count < 1 || *count > 16) return expect(name, value, "1 to 16");
        out_.window = *count;
    }

    line_uri out_;
    std::string faults_;
};

}  // namespace

std::string line_uri::name() const
{
    const std::string begins{scheme_of(*this).text};
    if (kind == kind_type::serial) return begins + device;
    const bool is_ipv6 = peer.host.find(':') != std::string::npos;
    return begins + (is_ipv6 ? '[' + peer.host + ']' : peer.host) + ':' +
           std::to_string(peer.port);
}

result<line_uri, std::string> parse_line_uri(std::string_view text)
{
    return uri_reader{}.read(text);
}

}  // namespace wattpurse::adapter::asio
