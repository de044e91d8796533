// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/terminal.h"

#include "core/base/error.h"
#include "core/base/sentence.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <unistd.h>

namespace bitloom {

namespace {

/// Seconds of work that are announced beforehand.
constexpr double kLong = 60;

volatile std::sig_atomic_t g_interruptFlag = 0;

void onInterrupt(int signal)
{
    if (g_interruptFlag)
        _exit(128 + signal);
    g_interruptFlag = 1;
}

} // namespace

void stopPolitelyOnInterrupt()
{
    struct sigaction action = {};
    action.sa_handler = onInterrupt;
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

bool interrupted()
{
    return g_interruptFlag != 0;
}

TerminalProgress::TerminalProgress(bool asked, OnStop onStop)
    : m_terminal(isatty(STDERR_FILENO) != 0)
    , m_shown(asked || m_terminal)
    , m_onStop(onStop)
{
}

TerminalProgress::~TerminalProgress()
{
    if (m_lineOpen)
        std::fputs("\r\033[K", stderr);
}

void TerminalProgress::report(double fraction, std::string_view what)
{
    const std::scoped_lock lock(m_mutex);
    const auto now = Clock::now();
    tellTime(fraction, what, now);
    if (!m_shown)
        return;
    const int tenth = static_cast<int>(fraction * 10);
    const bool due =
        m_terminal ? now - m_last > std::chrono::milliseconds(100) : tenth != m_lastTenth;
    if (!due)
        return;
    m_last = now;
    m_lastTenth = tenth;
    m_lineOpen = m_terminal;
    std::fprintf(stderr, m_terminal ? "\r\033[K%3.0f %% %.*s" : "%3.0f %% %.*s\n", fraction * 100,
                 static_cast<int>(what.size()), what.data());
    std::fflush(stderr);
}

void TerminalProgress::tellTime(double fraction, std::string_view what, Clock::time_point now)
{
    const std::chrono::duration<double> passed = now - m_begin;
    const std::optional<double> left = m_left.after(fraction, passed.count());
    if (m_announced || !left || *left < kLong)
        return;
    m_announced = true;
    const std::string done = what.empty() ? std::string() : " (" + std::string(what) + " is done)";
    printNotice((m_lineOpen ? "\r\033[KThis takes " : "This takes ") + durationText(*left) + done +
                (m_onStop == OnStop::KeepsWhatIsDone ? "; Ctrl+C keeps what is done."
                                                     : "; Ctrl+C leaves nothing."));
}

void printNotice(const std::string& sentence)
{
    if (!sentence.empty())
        std::fprintf(stderr, "%s\n", plainSentence(sentence).c_str());
}

void printJson(const nlohmann::ordered_json& json)
{
    const auto replace = nlohmann::ordered_json::error_handler_t::replace;
    print("%s\n", json.dump(2, ' ', false, replace).c_str());
}

void print(const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    std::vfprintf(stdout, format, arguments);
    va_end(arguments);
}

std::string durationText(double seconds)
{
    const bool hours = seconds > 5400;
    const double count = std::max(1.0, std::round(seconds / (hours ? 3600 : 60)));
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "about %.0f %s%s", count, hours ? "hour" : "minute",
                  count == 1 ? "" : "s");
    return text.data();
}

std::string bytesText(int64_t bytes)
{
    static constexpr std::array kUnits = {"bytes", "KiB", "MiB", "GiB", "TiB"}; // as the window
    double value = static_cast<double>(bytes);
    size_t unit = 0;
    for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit)
        value /= 1024;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.2f %s", value,
                  kUnits.at(unit));
    return text.data();
}

void endIfInterrupted(std::string_view verb)
{
    if (interrupted())
        throw Error(verb, "stopped before it was complete");
}

} // namespace bitloom
