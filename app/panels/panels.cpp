// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/panels.h"

#include "app/dialogs/save_content.h"
#include "app/document/quality_rows.h"
#include "app/jobs/lazy_refresh.h"
#include "app/panels/channel_feed.h"
#include "app/panels/compare_runner.h"
#include "app/panels/heat_map_feed.h"
#include "app/panels/lab_feed.h"
#include "app/panels/measured_feed.h"
#include "app/panels/recipe_diff_feed.h"
#include "app/panels/recurrence_feed.h"
#include "app/panels/selection_statistics.h"
#include "app/panels/spectrum_feed.h"
#include "app/panels/strip_feed.h"
#include "app/words/widget_headers.h"
#include "app/words/words.h"

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

QString qualityState(const Desk& desk)
{
    const std::optional<Judged>& judged = desk.analysis.judged();
    const std::optional<Prediction>& predicted = desk.measurements.prediction();
    if (predicted && predicted->glanced)
        return QualityRows::tr("≈ from a first look at the layers; surer in a moment.");
    if (!judged)
        return predicted
                   ? QualityRows::tr("Predicted; Judge measures it.")
                   : QualityRows::tr("Analyse to predict the quality, or judge to measure it.");
    if (desk.analysis.isJudgedOnAnotherText())
        return QualityRows::tr("Measured on the text chosen before; judge again.");
    if (!judged->recipe.storesLike(desk.session.recipe()))
        return QualityRows::tr("Grey figures are from before the last change.");
    return judged->quality.complete()
               ? QualityRows::tr("Measured.")
               : QualityRows::tr("Measured, stopped before the end of the text.");
}

/// Of the texts chosen now, and of the one that the figures were measured on.
QStringList textWarnings(const Desk& desk)
{
    QStringList warnings = desk.texts.warnings();
    if (const std::optional<Judged>& judged = desk.analysis.judged();
        judged && !judged->warning.isEmpty())
        warnings.append(judged->warning);
    if (!desk.analysis.methodWarning().isEmpty())
        warnings.append(desk.analysis.methodWarning());
    warnings.removeDuplicates();
    return warnings;
}

QWidget* makeQuality(Desk& desk, QWidget*)
{
    auto* panel = new QualityPanel;
    const auto show = [&desk, panel] {
        const Session& session = desk.session;
        const std::optional<Judged>& judged = desk.analysis.judged();
        panel->setRows(
            QualityRows::of(session.isOpen() ? session.model().graph.output : OutputKind::NextToken,
                            desk.measurements.prediction(), judged,
                            judged && (!judged->recipe.storesLike(session.recipe()) ||
                                       desk.analysis.isJudgedOnAnotherText())));
        panel->texts()->setTexts(desk.texts.line(), desk.texts.details());
        panel->texts()->setWarnings(textWarnings(desk));
        panel->setSource(judged ? QualityRows::source(*judged) : QString());
        if (!session.isOpen())
            panel->setJudgeEnabled(false, QualityRows::tr("Open a model first."));
        else
            panel->setJudgeEnabled(session.model().runnable(),
                                   Words::sentence(session.model().missing));
        panel->setState(session.isOpen() && !session.model().runnable()
                            ? Words::sentence(session.model().missing)
                            : qualityState(desk));
    };
    QObject::connect(panel, &QualityPanel::judgeRequested, &desk.analysis, &Analysis::judge);
    QObject::connect(&desk.session, &Session::opened, panel, show);
    QObject::connect(&desk.analysis, &Analysis::judgedChanged, panel, show);
    QObject::connect(&desk.analysis, &Analysis::sensitivityChanged, panel, show);
    QObject::connect(&desk.analysis, &Analysis::settingsChanged, panel, show);
    QObject::connect(&desk.texts, &ModelTexts::changed, panel, show);
    QObject::connect(&desk.measurements, &Measurements::predictedChanged, panel, show);
    show();
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
    hearBitKeys(desk, plot);
    return plot;
}

QWidget* makeCompare(Desk& desk, QWidget*)
{
    auto* pane = new ComparePane;
    new CompareRunner(desk, pane);
    return pane;
}

QWidget* makeNetwork(Desk& desk, QWidget*)
{
    auto* view = new NetworkView;
    view->setModel(&desk.layers);
    view->setSelectionModel(&desk.selection);
    hearBitKeys(desk, view);
    return view;
}

/// A panel around one plot, and what feeds it.
template <typename Panel, typename Feed>
QWidget* makePlotPanel(Desk& desk, QWidget* window)
{
    auto* panel = new Panel;
    connectExport(panel->plot(), desk, window);
    hearBitKeys(desk, panel->plot());
    new Feed(desk, panel);
    return panel;
}

QWidget* makeRecurrence(Desk& desk, QWidget* window)
{
    QWidget* panel = makePlotPanel<RecurrencePanel, RecurrenceFeed>(desk, window);
    hearBitKeys(desk, static_cast<RecurrencePanel*>(panel)->norms());
    return panel;
}

QWidget* makeHeatMap(Desk& desk, QWidget* window)
{
    auto* panel = new HeatMapPanel;
    connectExport(panel->map(), desk, window);
    hearBitKeys(desk, panel->map());
    new HeatMapFeed(desk, panel);
    return panel;
}

QWidget* makeRecipes(Desk& desk, QWidget* window)
{
    auto* panel = new RecipeDiffPanel;
    connectExport(panel, desk, window);
    if (auto* rows = panel->findChild<QWidget*>("recipeDiffTable")) // it takes digits to search by
        hearBitKeys(desk, rows);
    new RecipeDiffFeed(desk, panel, window);
    return panel;
}

QWidget* makeStatistics(Desk& desk, QWidget* window)
{
    auto* panel = new StatisticsPanel;
    auto* lazy = new LazyRefresh(panel, [&desk, panel] {
        const SelectionStatistics shown = selectionStatistics(desk);
        panel->setRows(shown.title, shown.rows);
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
        hearBitKeys(desk, plot);
    }
    new ChannelFeed(desk, holder, outputs, inputs);
    return holder;
}

} // namespace

const QList<Panel>& panels()
{
    static const QList<Panel> rows = {
        {"layers", QT_TRANSLATE_NOOP("Panels", "Layers"), Qt::LeftDockWidgetArea, "Ctrl+1", "",
         makeLayers},
        {"quality", QT_TRANSLATE_NOOP("Panels", "Quality"), Qt::RightDockWidgetArea, "Ctrl+2", "",
         makeQuality},
        {"errors", QT_TRANSLATE_NOOP("Panels", "Errors"), Qt::RightDockWidgetArea, "Ctrl+3",
         "quality", makeErrors},
        {"compare", QT_TRANSLATE_NOOP("Panels", "Compare"), Qt::RightDockWidgetArea, "Ctrl+4", "",
         makeCompare},
        {"statistics", QT_TRANSLATE_NOOP("Panels", "Statistics"), Qt::LeftDockWidgetArea, "Ctrl+5",
         "", makeStatistics},
        {"channels", QT_TRANSLATE_NOOP("Panels", "Channels"), Qt::LeftDockWidgetArea, "Ctrl+6",
         "statistics", makeChannels},
        {"network", QT_TRANSLATE_NOOP("Panels", "Network"), Qt::LeftDockWidgetArea, "Ctrl+7",
         "statistics", makeNetwork},
        {"recurrence", QT_TRANSLATE_NOOP("Panels", "Recurrence"), Qt::RightDockWidgetArea, "Ctrl+8",
         "quality", makeRecurrence},
        {"lab", QT_TRANSLATE_NOOP("Panels", "Metric lab"), Qt::RightDockWidgetArea, "Ctrl+9",
         "compare", makePlotPanel<LabPanel, LabFeed>},
        {"heatMap", QT_TRANSLATE_NOOP("Panels", "Heat map"), Qt::RightDockWidgetArea,
         "Ctrl+Shift+H", "compare", makeHeatMap},
        {"recipes", QT_TRANSLATE_NOOP("Panels", "Recipes"), Qt::RightDockWidgetArea, "Ctrl+Shift+R",
         "compare", makeRecipes},
        {"spectrum", QT_TRANSLATE_NOOP("Panels", "Spectrum"), Qt::LeftDockWidgetArea,
         "Ctrl+Shift+U", "statistics", makePlotPanel<SpectrumPanel, SpectrumFeed>},
        {"measured", QT_TRANSLATE_NOOP("Panels", "Measured"), Qt::RightDockWidgetArea,
         "Ctrl+Shift+M", "quality", makePlotPanel<MeasuredPanel, MeasuredFeed>},
    };
    return rows;
}

QString panelTitle(const Panel& panel)
{
    return QCoreApplication::translate("Panels", panel.title);
}

} // namespace bitloom
