// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels.h"

#include "app/channel_feed.h"
#include "app/compare_runner.h"
#include "app/layer_feed.h"
#include "app/lazy_refresh.h"
#include "app/save_content.h"
#include "app/strip_feed.h"
#include "app/widget_headers.h"
#include "app/words.h"

#include <QCoreApplication>
#include <QLineEdit>
#include <QTreeView>
#include <QVBoxLayout>

namespace bitloom {

namespace {

template <class Widget>
void connectExport(Widget* widget, Desk& desk, QWidget* window)
{
    QObject::connect(widget, &Widget::exportRequested, window,
                     [&desk, window](const QString& name, const QByteArray& content) {
                         saveContent(desk.session, window, name, content);
                     });
}

QWidget* makeLayers(Desk& desk, QWidget* window)
{
    auto* tree = new LayerTree;
    tree->setModel(&desk.layers);
    tree->setSelectionModel(&desk.selection);
    new StripFeed(desk, tree);
    QObject::connect(&desk.analysis, &Analysis::fitted, tree, &LayerTree::flashChanged);
    connectExport(tree, desk, window);
    return tree;
}

QualityFigures figuresOf(const Judged& judged, const Recipe& now)
{
    const Judgement& from = judged.figures;
    QualityFigures figures;
    if (from.compared) {
        figures.originalPerplexity = from.originalPerplexity;
        figures.perplexity = from.perplexity;
        figures.klMean = from.klMean;
        figures.klStandardError = from.klStandardError;
        figures.klP99 = from.klP99;
        figures.topAgreement = from.topAgreement;
    } else {
        figures.originalPerplexity = from.perplexity;
    }
    figures.standardError = from.standardError;
    figures.textName = judged.textName;
    figures.tokens = from.tokens;
    figures.engine = Words::engine(judged.engine);
    figures.complete = from.complete;
    figures.outdated = judged.recipe != now;
    return figures;
}

QWidget* makeQuality(Desk& desk, QWidget*)
{
    auto* panel = new QualityPanel;
    const auto showState = [&desk, panel] {
        if (!desk.session.isOpen())
            panel->setJudgeEnabled(false, LayerFeed::tr("Open a model first."));
        else
            panel->setJudgeEnabled(desk.session.model().runnable(),
                                   QString::fromStdString(desk.session.model().missing));
    };
    const auto showFigures = [&desk, panel] {
        const std::optional<Judged>& judged = desk.analysis.judged();
        panel->setMeasured(judged ? std::optional(figuresOf(*judged, desk.session.recipe()))
                                  : std::nullopt);
    };
    QObject::connect(panel, &QualityPanel::judgeRequested, &desk.analysis, &Analysis::judge);
    QObject::connect(&desk.session, &Session::opened, panel, showState);
    QObject::connect(&desk.analysis, &Analysis::judgedChanged, panel, showFigures);
    QObject::connect(&desk.measurements, &Measurements::predictedChanged, panel,
                     [&desk, panel] { panel->setPredicted(desk.measurements.predictedKl()); });
    showState();
    return panel;
}

QWidget* makeErrors(Desk& desk, QWidget* window)
{
    auto* plot =
        new BarPlot("errors", QCoreApplication::translate("Panels", "Error of the layers"));
    plot->setQuantity(ErrorRole, QCoreApplication::translate("Panels", "|ΔW| / |W|"));
    plot->setEmptyText(
        QCoreApplication::translate("Panels", "Give layers fewer bits to see what it costs them."));
    plot->setModel(&desk.layers);
    plot->setSelectionModel(&desk.selection);
    connectExport(plot, desk, window);
    return plot;
}

QWidget* makeCompare(Desk& desk, QWidget*)
{
    auto* pane = new ComparePane;
    pane->setPrompt(QCoreApplication::translate("Panels", "Once upon a time"));
    new CompareRunner(desk, pane);
    return pane;
}

QWidget* makeStatistics(Desk& desk, QWidget* window)
{
    auto* panel = new StatisticsPanel;
    auto* lazy = new LazyRefresh(panel, [&desk, panel] {
        const QList<int> selected = desk.selectedSlots();
        if (selected.size() != 1) {
            panel->setRows({}, {});
            return;
        }
        const Slot& slot = desk.session.model().graph.slots[static_cast<size_t>(selected.first())];
        panel->setRows(QString::fromStdString(slot.name), statisticsRows(desk, selected.first()));
    });
    const auto request = [lazy] { lazy->request(); };
    QObject::connect(&desk.selection, &QItemSelectionModel::selectionChanged, lazy, request);
    QObject::connect(&desk.measurements, &Measurements::statisticsChanged, lazy, request);
    QObject::connect(&desk.measurements, &Measurements::activationsChanged, lazy, request);
    connectExport(panel, desk, window);
    return panel;
}

QWidget* makeChannels(Desk& desk, QWidget* window)
{
    auto* holder = new QWidget;
    auto* layout = new QVBoxLayout(holder);
    layout->setContentsMargins(0, 0, 0, 0);
    auto* outputs =
        new ChannelPlot("outputChannels", QCoreApplication::translate("Panels", "Output channels"));
    auto* inputs =
        new ChannelPlot("inputChannels", QCoreApplication::translate("Panels", "Input channels"));
    for (ChannelPlot* plot : {outputs, inputs}) {
        layout->addWidget(plot);
        connectExport(plot, desk, window);
    }
    new ChannelFeed(desk, holder, outputs, inputs);
    return holder;
}

} // namespace

const QList<Panel>& panels()
{
    static const QList<Panel> rows = {
        {"layers", QT_TRANSLATE_NOOP("Panels", "Layers"), Qt::LeftDockWidgetArea, 1, "",
         makeLayers},
        {"quality", QT_TRANSLATE_NOOP("Panels", "Quality"), Qt::RightDockWidgetArea, 2, "",
         makeQuality},
        {"errors", QT_TRANSLATE_NOOP("Panels", "Errors"), Qt::RightDockWidgetArea, 3, "",
         makeErrors},
        {"compare", QT_TRANSLATE_NOOP("Panels", "Compare"), Qt::RightDockWidgetArea, 4, "",
         makeCompare},
        {"statistics", QT_TRANSLATE_NOOP("Panels", "Statistics"), Qt::LeftDockWidgetArea, 5, "",
         makeStatistics},
        {"channels", QT_TRANSLATE_NOOP("Panels", "Channels"), Qt::LeftDockWidgetArea, 6,
         "statistics", makeChannels},
    };
    return rows;
}

QString panelTitle(const Panel& panel)
{
    return QCoreApplication::translate("Panels", panel.title);
}

} // namespace bitloom
