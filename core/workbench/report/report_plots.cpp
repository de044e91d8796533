// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/report/report_plots.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>

namespace bitloom {
namespace {

constexpr double kWidth = 860;

std::string attribute(const char* name, double value)
{
    return std::string(" ") + name + "=\"" + figure(value, 6) + "\"";
}

std::string svgOpen(double width, double height)
{
    return "<svg viewBox=\"0 0 " + figure(width) + " " + figure(height) + "\"" +
           attribute("width", width) + attribute("height", height) + ">";
}

std::string rectangle(const char* style, double x, double y, double width, double height)
{
    return std::string("<rect class=\"") + style + "\"" + attribute("x", x) + attribute("y", y) +
           attribute("width", width) + attribute("height", height) + "/>";
}

std::string line(double x1, double y1, double x2, double y2)
{
    return "<line class=\"axis\"" + attribute("x1", x1) + attribute("y1", y1) +
           attribute("x2", x2) + attribute("y2", y2) + "/>";
}

std::string label(const char* style, double x, double y, const std::string& text)
{
    return std::string("<text class=\"") + style + "\"" + attribute("x", x) + attribute("y", y) +
           ">" + htmlEscaped(text) + "</text>";
}

/// The plot's area and the ranges shown: bits along, log10 of the divergence up.
struct Axes {
    int lowBits = 0;
    int highBits = 1;
    int low = 0; ///< powers of ten
    int high = 1;
    static constexpr double kLeft = 60;
    static constexpr double kTop = 12;
    static constexpr double kRight = kWidth - 20;
    static constexpr double kBottom = 300;

    double x(double bits) const
    {
        return kLeft + (bits - lowBits) / (highBits - lowBits) * (kRight - kLeft);
    }
    double y(double divergence) const
    {
        return kBottom - (std::log10(divergence) - low) / (high - low) * (kBottom - kTop);
    }
};

Axes axesFor(const std::vector<ReportPoint>& points)
{
    const auto [fewest, most] = std::minmax_element(
        points.begin(), points.end(), [](const auto& a, const auto& b) { return a.bits < b.bits; });
    const auto [best, worst] =
        std::minmax_element(points.begin(), points.end(), [](const auto& a, const auto& b) {
            return a.divergence < b.divergence;
        });
    Axes axes;
    axes.lowBits = static_cast<int>(std::floor(fewest->bits));
    axes.highBits = std::max(axes.lowBits + 1, static_cast<int>(std::ceil(most->bits)));
    axes.low = static_cast<int>(std::floor(std::log10(best->divergence)));
    axes.high = std::max(axes.low + 1, static_cast<int>(std::ceil(std::log10(worst->divergence))));
    return axes;
}

std::string gridOf(const Axes& axes, const std::string& quantity)
{
    std::string svg;
    for (int bits = axes.lowBits; bits <= axes.highBits; ++bits)
        svg += line(axes.x(bits), Axes::kTop, axes.x(bits), Axes::kBottom) +
               label("middle", axes.x(bits), Axes::kBottom + 16, figure(bits));
    for (int power = axes.low; power <= axes.high; ++power) {
        const double at = std::pow(10, power);
        svg += line(Axes::kLeft, axes.y(at), Axes::kRight, axes.y(at)) +
               label("end", Axes::kLeft - 6, axes.y(at) + 4, figure(at));
    }
    return svg + label("middle", (Axes::kLeft + Axes::kRight) / 2, Axes::kBottom + 34,
                       "bits per weight (across) and " + quantity + " (up)");
}

struct Bar {
    std::string name;
    double value = 0;
};

/// Lying bars, one below the other; `names`: width of their names.
std::string barPlot(const std::vector<Bar>& bars, double names)
{
    if (bars.empty())
        return {};
    constexpr double kRow = 18;
    const double most = std::ranges::max(bars, {}, &Bar::value).value;
    const double unit = (kWidth - names - 90) / std::max(1e-300, most);
    std::string svg = svgOpen(kWidth, kRow * static_cast<double>(bars.size()) + 4);
    double y = 2;
    for (const Bar& bar : bars) {
        const double length = std::max(1.0, bar.value * unit);
        svg += label("end", names - 8, y + 13, bar.name) +
               rectangle("bar", names, y + 2, length, kRow - 5) +
               label("start", names + length + 6, y + 13, figure(bar.value, 3));
        y += kRow;
    }
    return svg + "</svg>";
}

} // namespace

std::string htmlEscaped(const std::string& text)
{
    std::string escaped;
    for (const char c : text) {
        switch (c) {
        case '&':
            escaped += "&amp;";
            break;
        case '<':
            escaped += "&lt;";
            break;
        case '>':
            escaped += "&gt;";
            break;
        case '"':
            escaped += "&quot;";
            break;
        default:
            escaped += c;
        }
    }
    return escaped;
}

namespace {

void figureInto(std::array<char, 64>& text, double value, int decimals)
{
    std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
}

} // namespace

std::string figure(double value, int digits)
{
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*g", digits, value);
    // No powers of ten: two figures are compared at a glance.
    if (std::abs(value) < 1e15 &&
        std::string_view(text.data()).find('e') != std::string_view::npos) {
        const double magnitude = std::floor(std::log10(std::abs(value)));
        figureInto(text, value, std::clamp(digits - 1 - static_cast<int>(magnitude), 0, 12));
    }
    return text.data();
}

std::string figureWithError(double value, double error)
{
    if (!(error > 0) || !std::isfinite(value) || !std::isfinite(error))
        return figure(value, 5) + " ± " + figure(error, 2);
    std::array<char, 64> text{};
    const int decimals = std::clamp(1 - static_cast<int>(std::floor(std::log10(error))), 0, 12);
    figureInto(text, value, decimals);
    std::string both = text.data();
    figureInto(text, error, decimals);
    return both + " ± " + text.data();
}

std::string sensitivityBars(const std::vector<ReportSlot>& slots)
{
    std::vector<Bar> bars;
    for (const ReportSlot& slot : slots)
        if (slot.sensitivity)
            bars.push_back({slot.name, *slot.sensitivity});
    return barPlot(bars, 320);
}

std::string klBars(const std::vector<KlStretch>& stretches)
{
    std::vector<Bar> bars;
    bars.reserve(stretches.size());
    for (const KlStretch& stretch : stretches)
        bars.push_back(
            {std::to_string(stretch.first) + "–" + std::to_string(stretch.last), stretch.kl});
    return barPlot(bars, 110);
}

std::string sizeQualityPlot(const std::vector<ReportPoint>& points, const std::string& quantity)
{
    std::vector<ReportPoint> shown;
    std::copy_if(points.begin(), points.end(), std::back_inserter(shown),
                 [](const ReportPoint& point) {
                     return point.divergence > 0 && std::isfinite(point.divergence);
                 });
    if (shown.empty())
        return {};
    const Axes axes = axesFor(shown);
    std::string svg = svgOpen(kWidth, Axes::kBottom + 44) + gridOf(axes, quantity);
    for (const ReportPoint& point : shown) {
        const double x = axes.x(point.bits);
        const double y = axes.y(point.divergence);
        svg += std::string("<circle class=\"") + (point.recipe ? "mine" : "other") + "\"" +
               attribute("cx", x) + attribute("cy", y) + attribute("r", point.recipe ? 6 : 4) +
               "/>" + label("start", x + 9, y + 4, point.label);
    }
    return svg + "</svg>";
}

std::string smallHistogram(const Histogram& histogram)
{
    if (histogram.counts.empty())
        return {};
    constexpr size_t kBars = 48;
    constexpr double kHigh = 22;
    std::vector<double> bars(kBars);
    for (size_t i = 0; i < histogram.counts.size(); ++i)
        bars[i * kBars / histogram.counts.size()] += static_cast<double>(histogram.counts[i]);
    const double most = std::max(1.0, *std::max_element(bars.begin(), bars.end()));
    std::string svg = svgOpen(2.0 * kBars, kHigh);
    for (size_t i = 0; i < kBars; ++i)
        if (bars[i] > 0)
            svg += rectangle("bar", 2.0 * static_cast<double>(i), kHigh - bars[i] / most * kHigh,
                             1.6, bars[i] / most * kHigh);
    return svg + "</svg>";
}

} // namespace bitloom
