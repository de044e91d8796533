// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/recipe_diff_feed.h"

#include "app/dialogs/save_content.h"
#include "app/jobs/dock_sight.h"
#include "app/jobs/lazy_refresh.h"
#include "app/words/widget_headers.h"
#include "app/words/words.h"
#include "core/base/error.h"
#include "core/quantize/corrections/correction.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/settings/recipe_file.h"
#include "core/workbench/workbench.h"
#include "widgets/base/figures.h"

#include <cmath>

namespace bitloom {

namespace {

constexpr const char* kCompareTag = "compareRecipes";
constexpr const char* kCurrent = "current";
constexpr const char* kOriginal = "original";
constexpr const char* kState = "state:";
constexpr const char* kFile = "file:";

QString choiceText(const SlotChoice& choice, bool withMethod)
{
    QString text = choice.scheme.empty() ? RecipeDiffFeed::tr("stored")
                                         : QString::fromStdString(choice.scheme);
    if (withMethod && !choice.scheme.empty())
        text += u' ' + QString::fromStdString(choice.methodText());
    if (choice.clipLow || choice.clipHigh)
        text += RecipeDiffFeed::tr(", clipped");
    if (choice.correction)
        text += QStringLiteral(", ") + QString::fromStdString(correctionTitle(*choice.correction));
    return text;
}

QString moreNats(double difference)
{
    return signedFigure(difference);
}

RecipeDiffRow rowOf(const SlotDifference& found, const QString& layer)
{
    const bool methods = found.a.choice.scheme == found.b.choice.scheme;
    RecipeDiffRow row{
        found.slot, layer, choiceText(found.a.choice, methods), choiceText(found.b.choice, methods),
        {},         {}};
    row.bytes = {static_cast<double>(found.bytes()), Words::moreBytes(found.bytes())};
    if (const std::optional<double> damage = found.damage())
        row.damage = {damage, moreNats(*damage)};
    return row;
}

} // namespace

RecipeDiffFeed::RecipeDiffFeed(ApplicationContext& context, RecipeDiffPanel* panel, QWidget* window)
    : QObject(panel)
    , m_context(context)
    , m_panel(panel)
    , m_window(window)
    , m_sight(new DockSight(panel))
    , m_lazy(new LazyRefresh(panel, [this] { refresh(); }))
{
    const auto request = [this] { m_lazy->request(); };
    connect(&context.session, &Session::aboutToOpen, this, &RecipeDiffFeed::clear);
    connect(&context.session, &Session::opened, m_lazy, request);
    connect(&context.session, &Session::choicesChanged, m_lazy, request);
    connect(&context.session, &Session::targetChanged, m_lazy, request);
    connect(&context.measurements, &Measurements::predictedChanged, m_lazy, request);
    connect(&context.visited, &VisitedStates::changed, m_lazy, request);
    connect(&context.selection, &QItemSelectionModel::selectionChanged, this,
            &RecipeDiffFeed::showSelection);
    connect(m_sight, &DockSight::changed, m_lazy, request);
    connect(panel, &RecipeDiffPanel::asked, this, &RecipeDiffFeed::refresh);
    connect(panel, &RecipeDiffPanel::rowsChosen, this,
            [this](const QList<int>& slotIndices) { m_context.select(slotIndices); });
    connect(panel, &RecipeDiffPanel::takeRequested, this, &RecipeDiffFeed::take);
    connect(panel, &RecipeDiffPanel::fileRequested, this, [this](RecipeDiffPanel::Side side) {
        askForFile(
            m_window, tr("Recipe to compare"), QFileDialog::AcceptOpen, {},
            tr("Recipes (*.json);;All files (*)"),
            [this, side](const QString& path) { readFile(side, path); }, FilePurpose::Recipe);
    });
    clear();
}

void RecipeDiffFeed::clear()
{
    m_files.clear();
    m_panel->setRows({}, {});
    m_panel->setSummary({});
    m_panel->setEmptyText(tr("Open a model to compare recipes for it."));
    m_lazy->request();
}

void RecipeDiffFeed::offer()
{
    QList<RecipeEntry> recipes{{kOriginal, tr("as stored")}};
    for (auto file = m_files.cbegin(); file != m_files.cend(); ++file)
        recipes.append({kFile + file.key(), Words::fileTitle(file.key())});
    for (const VisitedStates::State& state : m_context.visited.states())
        recipes.append({kState + QString::number(state.id),
                        tr("%1, %2").arg(state.label, Words::bytes(state.bytes))});
    recipes.append({kCurrent, tr("current")});
    m_panel->setRecipes(recipes);
}

std::optional<Recipe> RecipeDiffFeed::recipeOf(const QString& id) const
{
    if (id == kCurrent)
        return m_context.session.recipe();
    if (id == kOriginal) {
        Recipe original = m_context.session.recipe();
        original.slots.clear();
        original.values.clear();
        original.transforms.clear();
        return original;
    }
    if (const auto file = m_files.find(id.mid(static_cast<int>(qstrlen(kFile))));
        id.startsWith(kFile) && file != m_files.end())
        return *file;
    for (const VisitedStates::State& state : m_context.visited.states())
        if (id == kState + QString::number(state.id))
            return state.recipe;
    return std::nullopt;
}

void RecipeDiffFeed::refresh()
{
    if (!m_context.session.isOpen() || !m_sight->inSight())
        return;
    offer();
    const QString current = kCurrent;
    for (const RecipeDiffPanel::Side side : {RecipeDiffPanel::A, RecipeDiffPanel::B})
        m_panel->setTakeable(side, m_panel->chosen(side) != current);
    const std::optional<Recipe> a = recipeOf(m_panel->chosen(RecipeDiffPanel::A));
    const std::optional<Recipe> b = recipeOf(m_panel->chosen(RecipeDiffPanel::B));
    if (!a || !b)
        return;
    m_context.session.jobs().start(
        {kCompareTag, tr("Comparing recipes"), JobQueue::Follow}, this,
        [workbench = m_context.session.workbench(), a, b](JobProgress& progress) {
            return compareRecipes(workbench->predictions(), *a, *b, progress);
        },
        [this](const RecipeComparison& comparison) { show(comparison); });
}

void RecipeDiffFeed::show(const RecipeComparison& comparison)
{
    QList<RecipeDiffRow> rows;
    for (const SlotDifference& found : comparison.differences) {
        const QModelIndex index = m_context.layers.indexOf(found.slot);
        rows.append(rowOf(found, LayerModel::tr("%1 %2").arg(index.parent().data().toString(),
                                                             index.data().toString())));
    }
    m_panel->setRows(rows, Words::quantityTitle(m_context.session.model().graph.output));
    m_panel->setSummary(summaryOf(comparison));
    m_panel->setEmptyText(comparison.transformsDiffer
                              ? tr("Only the transforms of the two recipes differ.")
                              : tr("The two recipes are the same."));
    showSelection();
}

QString RecipeDiffFeed::summaryOf(const RecipeComparison& comparison) const
{
    const OutputKind output = m_context.session.model().graph.output;
    const auto side = [&](const QString& name, const Size& size,
                          const std::optional<Prediction>& prediction) {
        const QString text =
            tr("%1: %2, %3 bits")
                .arg(name, Words::bytes(size.fileBytes), Words::bits(size.bitsPerWeight()));
        return prediction ? text + tr(", predicted %1 %2")
                                       .arg(Words::quantity(output),
                                            Words::nats(prediction->damages.total))
                          : text;
    };
    const auto count = comparison.differences.size();
    QString text = (count == 1 ? tr("One layer differs.") : tr("%1 layers differ.").arg(count)) +
                   u' ' + side(tr("A"), comparison.sizeA, comparison.predictionA) +
                   QStringLiteral("; ") + side(tr("B"), comparison.sizeB, comparison.predictionB) +
                   u'.';
    if (!comparison.values.empty())
        text += u' ' + tr("What activations are quantized to differs in %1 places.")
                           .arg(comparison.values.size());
    if (comparison.transformsDiffer)
        text += u' ' + tr("Their transforms differ.");
    if (!comparison.complete)
        text += u' ' + tr("Stopped before all was measured.");
    return text;
}

void RecipeDiffFeed::readFile(int side, const QString& path)
{
    auto work = [path, model = m_context.session.sharedModel()](JobProgress&) {
        assertNotGuiThread("reading a recipe");
        Recipe recipe = readRecipeFile(path.toStdString());
        if (const std::string problem = recipeProblem(recipe, *model); !problem.empty())
            throw Error("recipe", problem);
        return recipe;
    };
    JobInfo info{"recipeToCompare", tr("Opening %1").arg(Words::fileTitle(path))};
    info.allOrNothing = true;
    m_context.session.jobs().start(
        info, this, std::move(work), [this, side, path](const Recipe& recipe) {
            m_files[path] = recipe;
            offer();
            m_panel->choose(static_cast<RecipeDiffPanel::Side>(side), kFile + path);
            refresh();
        });
}

/// As one step to undo, whatever the number of layers.
void RecipeDiffFeed::take(int side, const QList<int>& slotIndices)
{
    Session& session = m_context.session;
    const auto from = static_cast<RecipeDiffPanel::Side>(side);
    const std::optional<Recipe> recipe = recipeOf(m_panel->chosen(from));
    if (!recipe)
        return;
    session.jobs().perform("edit", [&] {
        session.replaceRecipe(
            withChoicesOf(session.model(), session.recipe(), *recipe,
                          {slotIndices.begin(), slotIndices.end()}),
            tr("Take from %1").arg(from == RecipeDiffPanel::A ? tr("A") : tr("B")), false);
    });
}

void RecipeDiffFeed::showSelection()
{
    const QList<int> chosen = m_context.selectedSlots();
    m_panel->setSelected(QSet<int>(chosen.begin(), chosen.end()));
}

} // namespace bitloom
