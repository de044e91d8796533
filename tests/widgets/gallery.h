// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/widgets/fake_histogram.h"
#include "tests/widgets/fake_layers.h"
#include "widgets/base/layer_selection.h"
#include "widgets/compare/compare_classes.h"
#include "widgets/compare/compare_neighbours.h"
#include "widgets/compare/compare_pane.h"
#include "widgets/compare/compare_texts.h"
#include "widgets/compare/recipe_diff_panel.h"
#include "widgets/layers/bit_strip.h"
#include "widgets/layers/layer_tree.h"
#include "widgets/layers/network_view.h"
#include "widgets/panels/evaluation_panel.h"
#include "widgets/panels/heat_map_panel.h"
#include "widgets/panels/lab_panel.h"
#include "widgets/panels/measured_panel.h"
#include "widgets/panels/spectrum_panel.h"
#include "widgets/panels/statistics_panel.h"
#include "widgets/plots/bar_plot.h"
#include "widgets/plots/channel_plot.h"
#include "widgets/plots/histogram_plot.h"
#include "widgets/plots/size_quality_plot.h"
#include "widgets/window/budget_bar.h"
#include "widgets/window/command_palette.h"
#include "widgets/window/job_bar.h"
#include "widgets/window/job_list.h"
#include "widgets/window/message_bar.h"
#include "widgets/window/welcome_page.h"
#include "widgets/window/why_popover.h"

#include <QAction>
#include <QMainWindow>
#include <QMenuBar>
#include <QPalette>

#include <functional>
#include <memory>

namespace bitloom {

/// A widget with something in it, and the size it is looked at.
struct Exhibit {
    QString name;
    QSize size;
    std::function<QWidget*()> make;
};

inline QPalette darkPalette()
{
    QPalette palette(QColor(0x2b, 0x2b, 0x2e));
    palette.setColor(QPalette::Base, QColor(0x1e, 0x1e, 0x20));
    palette.setColor(QPalette::AlternateBase, QColor(0x26, 0x26, 0x29));
    palette.setColor(QPalette::Highlight, QColor(0x2f, 0x6f, 0xb0));
    palette.setColor(QPalette::HighlightedText, Qt::white);
    for (const QPalette::ColorRole role :
         {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::ToolTipText}) {
        palette.setColor(role, QColor(0xe6, 0xe6, 0xe6));
        palette.setColor(QPalette::Disabled, role, QColor(0x80, 0x80, 0x80));
    }
    palette.setColor(QPalette::PlaceholderText, QColor(0x9a, 0x9a, 0x9a));
    return palette;
}

inline QList<BitOption> someOptions()
{
    return {{"", "–", "leave as stored", true, false},
            {"int2-g32-sym", "2", "int2-g32-sym", true, false},
            {"int3-g32-sym", "3", "int3-g32-sym", true, false},
            {"int4-g32-sym", "4", "int4-g32-sym", true, true},
            {"int8-g32-sym", "8", "int8-g32-sym", true, false},
            {"q4_k", "q4_k", "rows of 172 are not a multiple of 256", false, false},
            {"q5_0", "q5_0", "", true, false},
            {"q6_k", "q6_k", "", false, false},
            {"q8_0", "q8_0", "", true, false},
            {"f16", "f16", "", true, false}};
}

inline QWidget* exhibitTree()
{
    auto* tree = new LayerTree;
    auto* layers = new FakeLayers;
    layers->setParent(tree);
    fillSensitivity(*layers);
    layers->set(3, true, LockedRole);
    layers->set(5, true, ChangedByFitRole);
    tree->setModel(layers);
    auto* selection = new QItemSelectionModel(layers, tree);
    tree->setSelectionModel(selection);
    selection->select(rowSelection({layers->slot(4), layers->slot(5), layers->slot(6)}),
                      QItemSelectionModel::Select);
    tree->bitStrip()->setOptions(someOptions());
    return tree;
}

inline QWidget* exhibitBars()
{
    auto* bars = new BarPlot(QStringLiteral("sensitivity"), QStringLiteral("Sensitivity"));
    auto* layers = new FakeLayers(12);
    layers->setParent(bars);
    fillSensitivity(*layers);
    auto* selection = new QItemSelectionModel(layers, bars);
    bars->setModel(layers);
    bars->setSelectionModel(selection);
    bars->setMetrics({{"fisher", "Fisher, rank 1", "½ Σ r_o c_i ΔW E / Σr + ½ α² F_W"},
                      {"weight-error", "weight error", "‖ΔW‖²"}},
                     "fisher");
    bars->setSubtitle(
        QStringLiteral("Fisher damage over 160 windows of 128 tokens of sample text"));
    selection->select(rowSelection({layers->slot(4), layers->slot(5), layers->slot(20)}),
                      QItemSelectionModel::Select);
    return bars;
}

inline QWidget* exhibitHistogram(int layers)
{
    auto* plot = new HistogramPlot;
    QList<HistogramLayer> all;
    for (int i = 0; i < layers; ++i)
        all.append(bellLayer(QStringLiteral("blk.%1.ffn_down").arg(i), 0.1 + 0.03 * (i % 7)));
    plot->setClipEditable(true);
    plot->setLayers(all);
    if (layers == 1)
        plot->setClip(ClipRange{-0.6, 0.7});
    plot->setCaption(QStringLiteral("int4-g32-sym, relative error 9.8 %"));
    return plot;
}

inline QWidget* exhibitStates()
{
    auto* plot = new SizeQualityPlot;
    plot->setQuantity(QStringLiteral("KL"), QStringLiteral("KL, nats per token"));
    plot->setStates({{0, "as stored", 2.61, 0.0, 0.0},
                     {1, "uniform int4", 0.52, 0.0159, 0.0162},
                     {2, "fit 4.5 bits", 0.52, 0.0059, std::nullopt},
                     {3, "fit 3.5 bits", 0.41, 0.031, std::nullopt},
                     {4, "fit 6 bits", 0.7, 0.0012, 0.0011}},
                    2);
    return plot;
}

inline QWidget* exhibitChannels()
{
    auto* plot = new ChannelPlot(QStringLiteral("outputChannels"),
                                 QStringLiteral("Ranges of the output channels"));
    ChannelRanges ranges{
        QStringLiteral("output channel of blk.0.ffn_down"), QStringLiteral("weight"), {}, {}};
    for (int i = 0; i < 300; ++i) {
        ranges.minimum.append(-0.2 - 0.05 * std::sin(i * 0.7) - (i == 77 ? 0.9 : 0));
        ranges.maximum.append(0.2 + 0.04 * std::cos(i * 1.3));
    }
    plot->setRanges(ranges);
    return plot;
}

inline QWidget* exhibitCompare()
{
    auto* pane = new ComparePane;
    pane->setPrompt(QStringLiteral("Once upon a time"));
    pane->setNumbers(QStringLiteral("perplexity 3.55 → 3.61, KL 0.0059 nats/token over 4 096 "
                                    "tokens of sample text"));
    pane->setEngine(QStringLiteral("Vulkan: llvmpipe"));
    for (const char* piece :
         {"Once upon a time", ", there", " was", " a", " little", " girl", " named", " Lily."})
        pane->texts()->appendOriginal(QString::fromUtf8(piece));
    for (const char* piece :
         {"Once upon a time", ", there", " was", " a", " big", " dog", " named", " Max."})
        pane->texts()->appendQuantized(QString::fromUtf8(piece));
    return pane;
}

inline QWidget* exhibitClasses()
{
    auto* pane = new ComparePane;
    pane->setView(pane->classes());
    pane->setPrompt(QStringLiteral("It is slow at first, but the ending is wonderful."));
    pane->classes()->setLabels({"negative", "neutral", "positive"});
    pane->classes()->setOriginal({0.11, 0.28, 0.61});
    pane->classes()->setQuantized({0.14, 0.47, 0.39});
    pane->setEngine(QStringLiteral("Vulkan"));
    return pane;
}

inline QWidget* exhibitNeighbours()
{
    auto* pane = new ComparePane;
    pane->setView(pane->neighbours());
    pane->setPrompt(QStringLiteral("The little dog was happy."));
    const NearSentence dog{"A small dog wagged its tail and ran through the garden.", 0.8123};
    const NearSentence cat{"The cat slept on the warm stone.", 0.5521};
    const NearSentence sun{"It was a sunny day and everybody wanted to play outside.", 0.5013};
    pane->neighbours()->setOriginal({dog, cat, sun});
    pane->neighbours()->setQuantized({dog, sun, cat});
    pane->neighbours()->setOwnCosine(0.98712);
    pane->neighbours()->setSource(QStringLiteral("Among 300 sentences of evaluation.txt."));
    return pane;
}

inline QWidget* exhibitNetwork()
{
    auto* view = new NetworkView;
    auto* layers = new FakeLayers(6);
    layers->setParent(view);
    for (int i = 0; i + 1 < layers->slotCount(); ++i)
        layers->set(i, 2.0 + i % 7, BitsRole);
    auto* selection = new QItemSelectionModel(layers, view);
    view->setModel(layers);
    view->setSelectionModel(selection);
    selection->select(rowSelection({layers->slot(4), layers->slot(5), layers->slot(20)}),
                      QItemSelectionModel::Select);
    return view;
}

inline QWidget* exhibitEvaluation()
{
    auto* panel = new EvaluationPanel;
    panel->setRows({{"predictedKl", "Predicted KL", "0.0059 nats per token", {}},
                    {"measuredKl", "Measured KL", "0.0061 ± 0.0003 nats per token", {}},
                    {"klQuantiles", "KL of a token", "median 0.0021, 99 % 0.072", {}},
                    {"topAgreement", "Same top token", "95.30 ± 0.31 %", {}},
                    {"perplexity", "Perplexity", "3.548 → 3.612 (+1.80 ± 0.41 %)", {}}});
    panel->setState(QStringLiteral("Measured."));
    panel->setSource(QStringLiteral("Over evaluation.txt, 12 345 tokens, by Vulkan."));
    return panel;
}

inline QWidget* exhibitLab()
{
    auto* panel = new LabPanel;
    panel->setRows(
        {"metric", "rank correlation", "within int2", "within int4", "ln(p / m)"},
        {{"Fisher with inputs",
          "½ Σ r_o/Σr · ΔW_o (D A D) E_oᵀ + ½ α² F_W",
          {"0.993", "0.971", "0.951", "0.029 ± 0.155"}},
         {"trace × error", "tr(H)/n · ‖ΔW‖²", {"0.944", "0.733", "0.722", "0.374 ± 0.47"}},
         {"weight error", "‖ΔW‖²", {"0.778", "0.412", "0.371", "–"}}});
    QList<LabDot> dots;
    for (int i = 0; i < 40; ++i) {
        const double measured = std::exp(-0.2 * i);
        dots.append({i, i / 20, QStringLiteral("blk.%1.ffn_down").arg(i),
                     measured * std::exp(0.3 * std::sin(i * 1.9)), measured});
    }
    panel->plot()->setQuantity(QStringLiteral("Fisher with inputs: predicted KL, nats per token"),
                               QStringLiteral("measured KL, nats per token"));
    panel->plot()->setDots(dots, {"int2-g32-asym", "int4-g32-asym"}, true, {});
    panel->setState(true, QStringLiteral("40 measurements of one layer alone."));
    return panel;
}

inline QList<HeatRow> someHeat(int blocks)
{
    static const char* const kNames[] = {"q", "k", "v", "out", "gate", "up", "down"};
    QList<HeatRow> rows;
    for (int i = 0; i < 7 * blocks; ++i) {
        const QString group = QStringLiteral("block %1").arg(i / 7);
        HeatRow row{i, group + u' ' + QString::fromUtf8(kNames[i % 7]), group, {}, i % 9 == 4};
        for (int bits = 0; bits < 6; ++bits) {
            HeatCell cell;
            cell.offered = bits != 1 || i % 7 != 6;
            if (cell.offered && i < 7 * blocks - 3)
                cell.value = 0.02 * std::pow(4, -bits) * (1 + (i * 5) % 11);
            cell.what = QStringLiteral("q%1_k").arg(bits + 2);
            if (bits == 2 + i % 3)
                cell.mark = i % 4 == 0 ? HeatCell::Mark::Like : HeatCell::Mark::Same;
            row.cells.append(cell);
        }
        rows.append(row);
    }
    return rows;
}

inline QWidget* exhibitHeatMap(int blocks)
{
    auto* panel = new HeatMapPanel;
    panel->map()->setColumns({"2", "3", "4", "5", "6", "8"});
    panel->map()->setQuantity(QStringLiteral("predicted KL, nats per token"));
    panel->map()->setRows(someHeat(blocks));
    panel->setCaption(QStringLiteral("One layer alone changed; ○ marks what it has."));
    return panel;
}

inline QWidget* exhibitSpectrum()
{
    auto* panel = new SpectrumPanel;
    panel->setLosses({"KL to the original", "cross-entropy of the text"});
    Spectrum spectrum;
    spectrum.floor = 1;
    spectrum.edge = 0.1;
    for (int i = 0; i <= 300; ++i) {
        const double at = -0.05 + i * 0.0007;
        spectrum.curve.append(
            {at, 1e6 * std::exp(-at * at / 2e-4) + 300 * std::exp(-std::pow(at - 0.12, 2) / 1e-5)});
    }
    spectrum.meaning = QStringLiteral("blk.3.ffn_down: about 3 ± 1 of 65,536 directions carry half "
                                      "of the curvature; all others lie between −0.01 and 0.1.");
    panel->plot()->setSpectrum(spectrum);
    panel->setState(true, spectrum.meaning);
    return panel;
}

inline QList<RecipeDiffRow> someDifferences()
{
    return {{3, "block 0 q", "q3_k", "q4_k", {9216, "+9.00 KiB"}, {-0.0013, "−0.0013"}},
            {7, "block 0 down", "q5_k", "q4_k", {-24576, "−24.00 KiB"}, {0.0006, "+0.0006"}},
            {12, "block 1 v", "q4_k", "f16", {90112, "+88.00 KiB"}, {std::nullopt, {}}}};
}

inline QWidget* exhibitRecipes()
{
    auto* panel = new RecipeDiffPanel;
    panel->setRecipes(
        {{"original", "as stored"}, {"state:3", "Fit to 4.50 bits"}, {"current", "current"}});
    panel->setRows(someDifferences(), QStringLiteral("KL, nats per token"));
    panel->setSummary(QStringLiteral("3 layers differ. A: 2.05 MiB, 4.50 bits, predicted KL "
                                     "0.0040; B: 2.12 MiB, 4.66 bits, predicted KL 0.0033."));
    panel->setTakeable(RecipeDiffPanel::A, true);
    panel->setSelected({7});
    return panel;
}

inline WhyText someReason()
{
    return {QStringLiteral("model.layers.1.mlp.down_proj"),
            QStringLiteral("The fit chose q4_k. A step up saves less for its bytes than the last "
                           "step that the budget paid for elsewhere."),
            {"", "scheme", "size", "predicted KL", "KL per MiB"},
            {{"one step up", "q5_k", "+24.00 KiB", "−0.0002", "0.0079"},
             {"one step down", "q3_k", "−26.00 KiB", "+0.0007", "0.0281"},
             {"price", "", "", "", "0.0124"}},
            QStringLiteral("The price is what the last MiB of the budget saved.")};
}

inline QWidget* exhibitWhy()
{
    auto* popover = new WhyPopover(nullptr);
    popover->setWindowFlags(Qt::Widget);
    popover->explain(someReason());
    return popover;
}

inline QWidget* exhibitMeasured()
{
    auto* panel = new MeasuredPanel;
    panel->setOn(true);
    panel->setState(QStringLiteral("Measuring blk.3.ffn_down at q4_k…"));
    panel->setScores(QStringLiteral("20 measurements: rank correlation 0.981, R² 0.952, "
                                    "ln(predicted / measured) 0.040 ± 0.160."));
    QList<LabDot> dots;
    for (int i = 0; i < 20; ++i) {
        const double measured = std::exp(-0.4 * i);
        dots.append(
            {i == 0 ? -1 : i, i == 0 ? 0 : 1,
             i == 0 ? QStringLiteral("29 layers") : QStringLiteral("blk.%1.ffn_down").arg(i),
             measured * std::exp(0.2 * std::sin(i * 1.9)), measured});
    }
    panel->plot()->setQuantity(QStringLiteral("predicted KL, nats per token"),
                               QStringLiteral("measured KL, nats per token"));
    panel->plot()->setDots(dots, {"whole recipe", "q4_k"}, true, {});
    return panel;
}

inline QWidget* exhibitBudget()
{
    auto* bar = new BudgetBar;
    bar->setRelation(1'200'000, 60'000);
    bar->setRange(2.5, 16);
    bar->setBits(4.5);
    bar->setFitEnabled(true);
    bar->setResult(QStringLiteral("4.49 bits, 0.69 MiB, predicted KL 0.0059"));
    return bar;
}

inline QWidget* exhibitMessage(MessageBar::Kind kind)
{
    auto* bar = new MessageBar;
    bar->post(MessageBar::Info, QStringLiteral("Exported model.gguf: 41 tensors verified."));
    bar->post(kind,
              QStringLiteral("model.safetensors ends 439 bytes before tensor blk.3.ffn_up is "
                             "complete; the model open before stays open."),
              kind == MessageBar::Info ? QStringLiteral("Undo") : QString());
    return bar;
}

inline QWidget* exhibitWelcome()
{
    auto* page = new WelcomePage;
    page->setNetworks(QStringLiteral("language models (Llama, GPT-2); classifiers (BERT)"));
    page->setRecent(
        {{QStringLiteral("/home/ada/models/llama-15M/hf"), QStringLiteral("llama-15M")},
         {QStringLiteral("/home/ada/models/stories260K.gguf"), QStringLiteral("stories260K")}});
    return page;
}

inline QWidget* exhibitJob()
{
    auto* bar = new JobBar;
    bar->setJob(QStringLiteral("Sensitivity: window 70 of 160"), 0.44,
                QStringLiteral("about 2 min left, 2 waiting"));
    return bar;
}

inline QList<JobRow> someJobs()
{
    return {{"analyse", "Analyse: window 70 of 160", "runs, about 2 min left", 0.44, true},
            {"evaluation", "Evaluate: window 3 of 64", "stops", 0.05, false},
            {"fit", "Fit", "waits", -1, true}};
}

inline QWidget* exhibitJobs()
{
    auto* list = new JobList(nullptr);
    list->setWindowFlags(Qt::Widget);
    list->setRows(someJobs());
    return list;
}

inline QWidget* exhibitStatistics()
{
    auto* panel = new StatisticsPanel;
    panel->setRows(QStringLiteral("blk.3.ffn_down"), {{"shape", "64 × 172"},
                                                      {"parameters", "11 008"},
                                                      {"mean", "0.0003"},
                                                      {"standard deviation", "0.151"},
                                                      {"kurtosis", "3.21"},
                                                      {"beyond 6 σ", "0.02 %"}});
    return panel;
}

/// All panels as the window shows them.
inline QList<Exhibit> exhibits()
{
    return {
        {"layer_tree", {620, 620}, exhibitTree},
        {"layer_tree_empty", {320, 400}, [] { return new LayerTree; }},
        {"histogram_one", {560, 340}, [] { return exhibitHistogram(1); }},
        {"histogram_four", {560, 340}, [] { return exhibitHistogram(4); }},
        {"histogram_band", {560, 340}, [] { return exhibitHistogram(20); }},
        {"histogram_empty", {560, 260}, [] { return exhibitHistogram(0); }},
        {"sensitivity", {560, 300}, exhibitBars},
        {"size_quality", {560, 260}, exhibitStates},
        {"channels", {560, 240}, exhibitChannels},
        {"compare", {520, 420}, exhibitCompare},
        {"compare_classes", {390, 360}, exhibitClasses},
        {"compare_neighbours", {390, 420}, exhibitNeighbours},
        {"network", {420, 300}, exhibitNetwork},
        {"network_empty", {320, 160}, [] { return new NetworkView; }},
        {"evaluation", {400, 300}, exhibitEvaluation},
        {"evaluation_empty", {400, 300}, [] { return new EvaluationPanel; }},
        {"lab", {520, 560}, exhibitLab},
        {"lab_empty", {400, 400}, [] { return new LabPanel; }},
        {"heat_map", {390, 400}, [] { return exhibitHeatMap(5); }},
        {"heat_map_tall", {390, 400}, [] { return exhibitHeatMap(2); }},
        {"heat_map_empty", {390, 300}, [] { return new HeatMapPanel; }},
        {"spectrum", {390, 320}, exhibitSpectrum},
        {"spectrum_empty", {390, 240}, [] { return new SpectrumPanel; }},
        {"recipes", {440, 320}, exhibitRecipes},
        {"recipes_empty", {390, 300}, [] { return new RecipeDiffPanel; }},
        {"why", {460, 240}, exhibitWhy},
        {"measured", {400, 420}, exhibitMeasured},
        {"measured_empty", {320, 260}, [] { return new MeasuredPanel; }},
        {"budget", {760, 44}, exhibitBudget},
        {"message_error", {620, 28}, [] { return exhibitMessage(MessageBar::Error); }},
        {"message_warning", {620, 28}, [] { return exhibitMessage(MessageBar::Warning); }},
        {"message_info", {620, 28}, [] { return exhibitMessage(MessageBar::Info); }},
        {"welcome", {760, 600}, exhibitWelcome},
        {"job", {520, 32}, exhibitJob},
        {"jobs", {520, 190}, exhibitJobs},
        {"statistics", {360, 260}, exhibitStatistics},
        {"statistics_empty", {360, 200}, [] { return new StatisticsPanel; }},
    };
}

} // namespace bitloom
