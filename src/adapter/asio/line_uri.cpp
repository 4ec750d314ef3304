// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/adapter/asio/line_uri.hpp>

#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace wattpurse::adapter::asio {

namespace {

using kind_type = line_uri::kind_type;

constexpr std::string_view tcp_scheme = "tcp://";
constexpr std::string_view serial_scheme = "serial://";

std::string quoted(std::string_view text) { return '"' + std::string{text} + '"'; }

template <class Number>
std::optional<Number> number_of(std::string_view text)
{
    Number out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return out;
}

/// Reads the pieces of a URI and gathers what is wrong with them.
class uri_reader {
public:
    result<line_uri, std::string> read(std::string_view text)
    {
        const auto question = text.find('?');
        const std::string_view place = text.substr(0, question);
        if (place.find('@') != std::string_view::npos) {
            // Not repeated: there may be a password in it.
            faults_ = "a line has no user and no password: expected tcp://HOST:PORT";
        } else if (place.substr(0, tcp_scheme.size()) == tcp_scheme) {
            read_peer(place.substr(tcp_scheme.size()));
        } else if (place.substr(0, serial_scheme.size()) == serial_scheme) {
            read_device(place.substr(serial_scheme.size()));
        } else {
            add(quoted(place) + ": expected tcp://HOST:PORT or serial:///dev/DEVICE");
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

    void read_peer(std::string_view text)
    {
        out_.kind = kind_type::tcp;
        std::string_view host = text.substr(0, text.rfind(':'));
        std::string_view port = text.substr(host.size());
        if (!text.empty() && text.front() == '[') {  // an IPv6 address
            const auto end = text.find(']');
            host = text.substr(1, end == std::string_view::npos ? end : end - 1);
            port = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        }
        if (host.empty()) expect("host", host, "a name or an address");
        const bool has_port = !port.empty() && port.front() == ':';
        const auto number = has_port ? number_of<std::uint16_t>(port.substr(1)) : std::nullopt;
        if (!number || *number == 0) {
            expect("port", has_port ? port.substr(1) : port, "a number, 1 to 65535");
        }
        out_.peer = {std::string{host}, number.value_or(0)};
    }

    void read_device(std::string_view text)
    {
        out_.kind = kind_type::serial;
        out_.device = text;
        if (text.size() < 2 || text.front() != '/') {
            expect("device", text, "an absolute path, as in serial:///dev/ttyUSB0");
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

    void read_option(std::string_view name, std::string_view value)
    {
        using reader = void (uri_reader::*)(std::string_view name, std::string_view value);
        struct option {
            std::string_view name;
            reader read;
            bool tcp;
            bool serial;
        };
        static constexpr std::array<option, 7> options{{
            {"baud", &uri_reader::read_baud, true, true},
            {"parity", &uri_reader::read_parity, false, true},
            {"stop", &uri_reader::read_stop, false, true},
            {"rs485", &uri_reader::read_rs485, false, true},
            {"echo", &uri_reader::read_echo, true, true},
            {"lenient", &uri_reader::read_lenient, true, true},
            {"connect_ms", &uri_reader::read_connect, true, false},
        }};
        const bool is_tcp = out_.kind == kind_type::tcp;
        std::string known;
        for (const option& each : options) {
            if (is_tcp ? !each.tcp : !each.serial) continue;
            if (each.name == name) return (this->*each.read)(name, value);
            known += (known.empty() ? "" : ", ") + std::string{each.name};
        }
        // The value stays untold: who writes password=... should not find it in a log.
        add(quoted(name) + ": no such option of a " + (is_tcp ? "tcp" : "serial") +
            " line: expected " + known);
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

    line_uri out_;
    std::string faults_;
};

}  // namespace

std::string line_uri::name() const
{
    if (kind == kind_type::serial) return std::string{serial_scheme} + device;
    const bool is_ipv6 = peer.host.find(':') != std::string::npos;
    return std::string{tcp_scheme} + (is_ipv6 ? '[' + peer.host + ']' : peer.host) + ':' +
           std::to_string(peer.port);
}

result<line_uri, std::string> parse_line_uri(std::string_view text)
{
    return uri_reader{}.read(text);
}

}  // namespace wattpurse::adapter::asio
