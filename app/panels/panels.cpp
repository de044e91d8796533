// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/panels.h"

#include "app/dialogs/save_content.h"
#include "app/document/evaluation_rows.h"
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
void connectExport(Widget* widget, ApplicationContext& context, QWidget* window)
{
    QObject::connect(widget, &Widget::exportRequested, window,
                     [&context, window](const QString& name, const QByteArray& content) {
                         saveContent(context.session, window, name, content);
                     });
}

QWidget* makeLayers(ApplicationContext& context, QWidget* window)
{
    auto* tree = new LayerTree;
    tree->setModel(&context.layers);
    tree->setSelectionModel(&context.selection);
    new StripFeed(context, tree);
    QObject::connect(&context.analysis, &Analysis::fitted, tree, &LayerTree::flashChanged);
    connectExport(tree, context, window);
    return tree;
}

QString evaluationState(const ApplicationContext& context)
{
    const std::optional<RecipeEvaluation>& evaluation = context.analysis.evaluation();
    const std::optional<Prediction>& predicted = context.measurements.prediction();
    if (predicted && predicted->isQuickEstimate)
        return EvaluationRows::tr("≈ from a first look at the layers; surer in a moment.");
    if (!evaluation)
        return predicted ? EvaluationRows::tr("Predicted; Evaluate measures it.")
                         : EvaluationRows::tr(
                               "Analyse to predict the damage, or evaluate to measure it.");
    if (context.analysis.isEvaluatedOnAnotherText())
        return EvaluationRows::tr("Measured on the text chosen before; evaluate again.");
    if (!evaluation->recipe.storesLike(context.session.recipe()))
        return EvaluationRows::tr("Grey figures are from before the last change.");
    return evaluation->result.complete()
               ? EvaluationRows::tr("Measured.")
               : EvaluationRows::tr("Measured, stopped before the end of the text.");
}

/// Of the texts chosen now, and of the one that the figures were measured on.
QStringList textWarnings(const ApplicationContext& context)
{
    QStringList warnings = context.texts.warnings();
    if (const std::optional<RecipeEvaluation>& evaluation = context.analysis.evaluation();
        evaluation && !evaluation->warning.isEmpty())
        warnings.append(evaluation->warning);
    if (!context.analysis.methodWarning().isEmpty())
        warnings.append(context.analysis.methodWarning());
    warnings.removeDuplicates();
    return warnings;
}

QWidget* makeEvaluation(ApplicationContext& context, QWidget*)
{
    auto* panel = new EvaluationPanel;
    const auto show = [&context, panel] {
        const Session& session = context.session;
        const std::optional<RecipeEvaluation>& evaluation = context.analysis.evaluation();
        panel->setRows(EvaluationRows::of(
            session.isOpen() ? session.model().graph.output : OutputKind::NextToken,
            context.measurements.prediction(), evaluation,
            evaluation && (!evaluation->recipe.storesLike(session.recipe()) ||
                           context.analysis.isEvaluatedOnAnotherText())));
        panel->texts()->setTexts(context.texts.line(), context.texts.details());
        panel->texts()->setWarnings(textWarnings(context));
        panel->setSource(evaluation ? EvaluationRows::source(*evaluation) : QString());
        if (!session.isOpen())
            panel->setEvaluateEnabled(false, EvaluationRows::tr("Open a model first."));
        else
            panel->setEvaluateEnabled(session.model().runnable(),
                                      Words::sentence(session.model().missing));
        panel->setState(session.isOpen() && !session.model().runnable()
                            ? Words::sentence(session.model().missing)
                            : evaluationState(context));
    };
    QObject::connect(panel, &EvaluationPanel::evaluationRequested, &context.analysis,
                     &Analysis::evaluate);
    QObject::connect(&context.session, &Session::opened, panel, show);
    QObject::connect(&context.analysis, &Analysis::evaluationChanged, panel, show);
    QObject::connect(&context.analysis, &Analysis::sensitivityChanged, panel, show);
    QObject::connect(&context.analysis, &Analysis::settingsChanged, panel, show);
    QObject::connect(&context.texts, &ModelTexts::changed, panel, show);
    QObject::connect(&context.measurements, &Measurements::predictedChanged, panel, show);
    show();
    return panel;
}

QWidget* makeErrors(ApplicationContext& context, QWidget* window)
{
    auto* plot =
        new BarPlot("errors", QCoreApplication::translate("Panels", "Error of the layers"));
    plot->setQuantity(ErrorRole, QCoreApplication::translate("Panels", "|ΔW| / |W|"));
    plot->setEmptyText(
        QCoreApplication::translate("Panels", "Give layers fewer bits to see what it costs them."));
    plot->setModel(&context.layers);
    plot->setSelectionModel(&context.selection);
    connectExport(plot, context, window);
    hearBitKeys(context, plot);
    return plot;
}

QWidget* makeCompare(ApplicationContext& context, QWidget*)
{
    auto* pane = new ComparePane;
    new CompareRunner(context, pane);
    return pane;
}

QWidget* makeNetwork(ApplicationContext& context, QWidget*)
{
    auto* view = new NetworkView;
    view->setModel(&context.layers);
    view->setSelectionModel(&context.selection);
    hearBitKeys(context, view);
    return view;
}

/// A panel around one plot, and what feeds it.
template <typename Panel, typename Feed>
QWidget* makePlotPanel(ApplicationContext& context, QWidget* window)
{
    auto* panel = new Panel;
    connectExport(panel->plot(), context, window);
    hearBitKeys(context, panel->plot());
    new Feed(context, panel);
    return panel;
}

QWidget* makeRecurrence(ApplicationContext& context, QWidget* window)
{
    QWidget* panel = makePlotPanel<RecurrencePanel, RecurrenceFeed>(context, window);
    hearBitKeys(context, static_cast<RecurrencePanel*>(panel)->norms());
    return panel;
}

QWidget* makeHeatMap(ApplicationContext& context, QWidget* window)
{
    auto* panel = new HeatMapPanel;
    connectExport(panel->map(), context, window);
    hearBitKeys(context, panel->map());
    new HeatMapFeed(context, panel);
    return panel;
}

QWidget* makeRecipes(ApplicationContext& context, QWidget* window)
{
    auto* panel = new RecipeDiffPanel;
    connectExport(panel, context, window);
    if (auto* rows = panel->findChild<QWidget*>("recipeDiffTable")) // it takes digits to search by
        hearBitKeys(context, rows);
    new RecipeDiffFeed(context, panel, window);
    return panel;
}

QWidget* makeStatistics(ApplicationContext& context, QWidget* window)
{
    auto* panel = new StatisticsPanel;
    auto* lazy = new LazyRefresh(panel, [&context, panel] {
        const SelectionStatistics shown = selectionStatistics(context);
        panel->setRows(shown.title, shown.rows);
    });
    const auto request = [lazy] { lazy->request(); };
    QObject::connect(&context.selection, &QItemSelectionModel::selectionChanged, lazy, request);
    QObject::connect(&context.measurements, &Measurements::statisticsChanged, lazy, request);
    QObject::connect(&context.measurements, &Measurements::activationsChanged, lazy, request);
    connectExport(panel, context, window);
    return panel;
}

QWidget* makeChannels(ApplicationContext& context, QWidget* window)
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
        connectExport(plot, context, window);
        hearBitKeys(context, plot);
    }
    new ChannelFeed(context, holder, outputs, inputs);
    return holder;
}

} // namespace

const QList<Panel>& panels()
{
    static const QList<Panel> rows = {
        {"layers", QT_TRANSLATE_NOOP("Panels", "Layers"), Qt::LeftDockWidgetArea, "Ctrl+1", "",
         makeLayers},
        {"quality", QT_TRANSLATE_NOOP("Panels", "Evaluation"), Qt::RightDockWidgetArea, "Ctrl+2",
         "", makeEvaluation},
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
