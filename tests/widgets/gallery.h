// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/widgets/fake_histogram.h"
#include "tests/widgets/fake_layers.h"
#include "widgets/bar_plot.h"
#include "widgets/bit_strip.h"
#include "widgets/budget_bar.h"
#include "widgets/channel_plot.h"
#include "widgets/command_palette.h"
#include "widgets/compare_classes.h"
#include "widgets/compare_neighbours.h"
#include "widgets/compare_pane.h"
#include "widgets/compare_texts.h"
#include "widgets/histogram_plot.h"
#include "widgets/job_bar.h"
#include "widgets/layer_selection.h"
#include "widgets/layer_tree.h"
#include "widgets/message_bar.h"
#include "widgets/network_view.h"
#include "widgets/quality_panel.h"
#include "widgets/size_quality_plot.h"
#include "widgets/statistics_panel.h"
#include "widgets/welcome_page.h"

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

inline QWidget* exhibitQuality()
{
    auto* panel = new QualityPanel;
    panel->setRows({{"predictedKl", "Predicted KL", "0.0059 nats per token", {}},
                    {"measuredKl", "Measured KL", "0.0061 ± 0.0003 nats per token", {}},
                    {"klQuantiles", "KL of a token", "median 0.0021, 99 % 0.072", {}},
                    {"topAgreement", "Same top token", "95.30 ± 0.31 %", {}},
                    {"perplexity", "Perplexity", "3.548 → 3.612 (+1.80 ± 0.41 %)", {}}});
    panel->setState(QStringLiteral("Measured."));
    panel->setSource(QStringLiteral("Over evaluation.txt, 12 345 tokens, by Vulkan."));
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
    page->setRecent({QStringLiteral("/home/ada/models/llama-15M"),
                     QStringLiteral("/home/ada/models/stories260K.gguf")});
    return page;
}

inline QWidget* exhibitJob()
{
    auto* bar = new JobBar;
    bar->setJob(QStringLiteral("Sensitivity: window 70 of 160"), 0.44, 2);
    return bar;
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
        {"quality", {400, 300}, exhibitQuality},
        {"quality_empty", {400, 300}, [] { return new QualityPanel; }},
        {"budget", {760, 44}, exhibitBudget},
        {"message_error", {620, 60}, [] { return exhibitMessage(MessageBar::Error); }},
        {"message_warning", {620, 60}, [] { return exhibitMessage(MessageBar::Warning); }},
        {"message_info", {620, 60}, [] { return exhibitMessage(MessageBar::Info); }},
        {"welcome", {760, 600}, exhibitWelcome},
        {"job", {520, 32}, exhibitJob},
        {"statistics", {360, 260}, exhibitStatistics},
        {"statistics_empty", {360, 200}, [] { return new StatisticsPanel; }},
    };
}

} // namespace bitloom
