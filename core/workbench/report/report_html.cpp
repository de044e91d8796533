// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/report/report_html.h"

#include "core/workbench/report/report_plots.h"

#include <array>
#include <cstdio>

namespace bitloom {
namespace {

constexpr const char* kStyle = R"(
:root { color-scheme: light dark; --ink: #20242b; --dim: #667080; --page: #fbfbfc; --rule: #dde1e7;
  --bar: #3b76c4; --mine: #d1491f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7ec; --dim: #98a2b3; --page: #16181d;
  --rule: #333a45; --bar: #6ea3e8; --mine: #ff8a5c; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page);
  max-width: 1180px; margin: 2.5rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.7rem; margin-bottom: .2rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
.dim { color: var(--dim); } .figures { display: flex; flex-wrap: wrap; gap: 2.2rem; margin: 1.4rem 0; }
.figures b { display: block; font-size: 1.45rem; font-weight: 600; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .7rem .25rem 0; border-bottom: 1px solid var(--rule); }
th { color: var(--dim); font-weight: 500; } td.number, th.number { text-align: right; }
.wide { overflow-x: auto; } svg { max-width: 100%; height: auto; }
svg text { font-size: 12px; fill: var(--ink); } .end { text-anchor: end; } .middle { text-anchor: middle; }
.bar, .other { fill: var(--bar); } .mine { fill: var(--mine); } .axis { stroke: var(--rule); }
)";

std::string element(const char* tag, const std::string& content)
{
    return std::string("<") + tag + ">" + content + "</" + tag + ">\n";
}

std::string numberCell(const std::string& text)
{
    return "<td class=\"number\">" + text + "</td>";
}

std::string headline(const std::string& value, const std::string& name)
{
    return "<div><b>" + value + "</b><span class=\"dim\">" + name + "</span></div>\n";
}

/// "1,499,392".
std::string grouped(int64_t number)
{
    std::string text = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3)
        text.insert(static_cast<size_t>(at), 1, ',');
    return text;
}

/// "4.50".
std::string bitsText(double bits)
{
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.2f", bits);
    return text.data();
}

/// Nine of ten of what is measured lies there.
std::string rangeText(const PredictionRange& range)
{
    return range.value > 0 ? ", " + figure(range.low, 2) + " to " + figure(range.high, 2)
                           : std::string();
}

std::string hitText(const Evaluation& evaluation)
{
    if (!evaluation.predicted)
        return {};
    return evaluation.predicted->holds(evaluation.divergence())
               ? ": a hit, within the predicted range"
               : ": a miss, outside the predicted range";
}

std::string headlines(const ReportInput& input)
{
    std::string html = headline(bitsText(input.size.bitsPerWeight()), "bits per weight");
    html += headline(grouped(input.size.fileBytes), "bytes of the file");
    html += headline(figure(100.0 * static_cast<double>(input.size.fileBytes) /
                                static_cast<double>(std::max<int64_t>(1, input.originalBytes)),
                            3) +
                         " %",
                     "of the original");
    const std::string quantity = quantityTitle(input.output);
    if (input.predicted)
        html += headline(figure(input.predicted->value, 3),
                         "predicted " + quantity + rangeText(*input.predicted));
    if (input.evaluation && input.evaluation->compared())
        html += headline(figure(input.evaluation->divergence().value, 3),
                         "measured " + quantity + hitText(*input.evaluation));
    return "<div class=\"figures\">" + html + "</div>\n";
}

std::string row(const std::string& name, const std::string& value)
{
    return "<tr><th>" + htmlEscaped(name) + "</th>" + numberCell(htmlEscaped(value)) + "</tr>\n";
}

std::string withError(const Estimate& estimate, double scale = 1, const char* unit = "")
{
    return figureWithError(scale * estimate.value, scale * estimate.standardError) + unit;
}

std::string evaluationRows(const TextEvaluation& evaluation)
{
    std::string html =
        row("Perplexity", withError({evaluation.perplexity, evaluation.standardError}));
    if (evaluation.compared) {
        html += row("Perplexity of the original", figure(evaluation.originalPerplexity, 5));
        html += row("ln of the ratio of perplexities, paired",
                    withError(evaluation.logPerplexityRatio));
        html += row("KL(original ‖ quantized), mean", withError(evaluation.kl));
        html += row("KL(quantized ‖ original), mean", withError(evaluation.reverseKl));
        for (size_t i = 0; i < kKlQuantiles.size(); ++i)
            html +=
                row(std::string("KL(original ‖ quantized) of a token, ") + kKlQuantiles[i].title,
                    figure(evaluation.klQuantiles[i], 4));
        html += row("Same most likely token", withError(evaluation.topAgreement, 100, " %"));
        html += row("Original's most likely token among the quantized top five",
                    withError(evaluation.topFiveAgreement, 100, " %"));
    }
    if (evaluation.cachedTokens > 0)
        html += row("KL over the original's " + std::to_string(evaluation.cachedTokens) +
                        " likeliest tokens and the rest as one; the rest's probability",
                    figure(100 * evaluation.restMass, 3) + " %");
    html += row("Accuracy", figure(100 * evaluation.accuracy, 4) + " %");
    if (evaluation.droppedCharacters > 0)
        html += row("Characters dropped, which the vocabulary lacks",
                    std::to_string(evaluation.droppedCharacters));
    return html;
}

/// What stands below the table.
std::string plotOf(const TextEvaluation& evaluation)
{
    const std::string bars = klBars(evaluation.klAlong);
    return bars.empty() ? bars
                        : "<p class=\"dim\">Mean KL by how many tokens of its window a prediction "
                          "had seen</p>\n" +
                              bars;
}

std::string plotOf(const SentenceEvaluation&)
{
    return {};
}

std::string evaluationRows(const SentenceEvaluation& evaluation)
{
    std::string html;
    if (evaluation.labelled) {
        html += row("Accuracy", withError(evaluation.accuracy, 100, " %"));
        html += row("F1", withError(evaluation.f1));
        if (evaluation.compared)
            html +=
                row("Accuracy of the original", withError(evaluation.originalAccuracy, 100, " %"));
    }
    if (evaluation.compared && evaluation.kind == OutputKind::Class) {
        html += row("KL divergence, mean", withError(evaluation.kl));
        html += row("Same most likely class", withError(evaluation.agreement, 100, " %"));
    }
    if (evaluation.compared && evaluation.kind == OutputKind::Embedding) {
        html += row("Cosine, mean", withError(evaluation.cosine));
        html += row("Cosine, lowest", figure(evaluation.cosineMin, 5));
    }
    if (evaluation.cut > 0)
        html += row("Sentences cut", std::to_string(evaluation.cut));
    return html;
}

std::string evaluationTable(const Evaluation& evaluation)
{
    std::string html =
        std::visit([](const auto& figures) { return evaluationRows(figures); }, evaluation.figures);
    html += row(evaluation.ofText() ? "Predictions scored" : "Sentences",
                grouped(evaluation.count()) + (evaluation.complete() ? "" : " (stopped early)"));
    return element("h2", "Evaluation") + element("table", html) +
           std::visit([](const auto& figures) { return plotOf(figures); }, evaluation.figures);
}

std::string slotRow(const ReportSlot& slot)
{
    const int64_t weights = slot.rows * slot.columns;
    const double bits =
        weights ? 8.0 * static_cast<double>(slot.bytes) / static_cast<double>(weights) : 0;
    return "<tr><td>" + htmlEscaped(slot.name) + "</td><td>" + htmlEscaped(slot.role) + "</td>" +
           numberCell(std::to_string(slot.rows) + " × " + std::to_string(slot.columns)) + "<td>" +
           htmlEscaped(slot.scheme) + "</td><td>" + htmlEscaped(slot.method) + "</td>" +
           numberCell(bitsText(bits)) + numberCell(grouped(slot.bytes)) +
           numberCell(figure(100 * slot.relativeError, 3) + " %") +
           numberCell(slot.damage ? figure(*slot.damage, 3) : "") + "<td>" +
           smallHistogram(slot.histogram) + "</td></tr>\n";
}

std::string slotTable(const std::vector<ReportSlot>& slots)
{
    std::string html =
        "<tr><th>Layer</th><th>Role</th><th class=\"number\">Shape</th><th>Scheme</th>"
        "<th>Method</th><th class=\"number\">Bits</th><th class=\"number\">Bytes</th>"
        "<th class=\"number\">Error</th><th class=\"number\">Damage</th><th>Weights</th></tr>\n";
    for (const ReportSlot& slot : slots)
        html += slotRow(slot);
    return element("h2", "Layers") + "<div class=\"wide\">" + element("table", html) + "</div>\n";
}

std::string titled(const std::string& title, const std::string& plot)
{
    return plot.empty() ? std::string() : element("h2", title) + plot + "\n";
}

std::string conditionsTable(const ReportInput& input)
{
    std::string html;
    for (const auto& [name, value] : input.conditions)
        html += row(name, value);
    return html.empty() ? html : element("h2", "How it was measured") + element("table", html);
}

} // namespace

std::string htmlReport(const ReportInput& input)
{
    const std::string name = htmlEscaped(input.modelName);
    std::string body = element("h1", name) + "<div class=\"dim\">Quantized with Bitloom for " +
                       htmlEscaped(input.target) + " · model " + htmlEscaped(input.modelIdentity) +
                       "</div>\n" + headlines(input);
    for (const std::string& warning : input.warnings)
        body += element("p", "<strong>" + htmlEscaped("Warning: " + warning + ".") + "</strong>");
    if (input.evaluation)
        body += evaluationTable(*input.evaluation);
    const std::string quantity = quantityTitle(input.output);
    body += titled("Size and quality", sizeQualityPlot(input.points, quantity));
    body +=
        titled("Sensitivity: damage of 4 bits (" + quantity + ")", sensitivityBars(input.slots));
    body += slotTable(input.slots) + conditionsTable(input);
    return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
           "<meta name=\"viewport\" content=\"width=device-width\">\n<title>" +
           name + " – Bitloom</title>\n<style>" + kStyle + "</style></head>\n<body>\n" + body +
           "</body></html>\n";
}

} // namespace bitloom
