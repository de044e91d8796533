// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/heat_map_feed.h"

#include "app/document/offers.h"
#include "app/jobs/dock_sight.h"
#include "app/jobs/lazy_refresh.h"
#include "app/panels/metric_feed.h"
#include "app/words/widget_headers.h"
#include "app/words/words.h"
#include "core/workbench/prediction/slot_errors.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/workbench.h"

#include <algorithm>

namespace bitloom {

namespace {

constexpr const char* kHeatMapTag = "heatMap";

QStringList columnTitles()
{
    QStringList titles;
    for (const int bits : kKeyBits)
        titles.append(bits == 0 ? HeatMapFeed::tr("stored") : QString::number(bits));
    return titles;
}

/// As Session::setScheme would have it.
SlotChoice withScheme(SlotChoice choice, const std::string& scheme)
{
    choice.scheme = scheme;
    return choice;
}

HeatCell::Mark markOf(const SlotChoice& now, const SlotChoice& option)
{
    if (now.scheme == option.scheme)
        return HeatCell::Mark::Same;
    const Scheme* has = findScheme(now.scheme);
    const Scheme* would = findScheme(option.scheme);
    return has && would && has->bits() == would->bits() ? HeatCell::Mark::Like
                                                        : HeatCell::Mark::None;
}

} // namespace

HeatMapFeed::HeatMapFeed(ApplicationContext& context, HeatMapPanel* panel)
    : QObject(panel)
    , m_context(context)
    , m_panel(panel)
    , m_sight(new DockSight(panel))
    , m_lazy(new LazyRefresh(panel, [this] { refresh(); }))
{
    panel->map()->setColumns(columnTitles());
    const auto request = [this] { m_lazy->request(); };
    connect(&context.session, &Session::aboutToOpen, this, &HeatMapFeed::clear);
    connect(&context.session, &Session::opened, this, &HeatMapFeed::clear);
    connect(&context.session, &Session::choicesChanged, m_lazy, request);
    connect(&context.session, &Session::targetChanged, m_lazy, request);
    connect(&context.analysis, &Analysis::sensitivityChanged, this, &HeatMapFeed::forget);
    connect(&context.analysis, &Analysis::settingsChanged, this, &HeatMapFeed::showCaption);
    connect(&context.session.jobs(), &Jobs::finished, this, [request](const QString& tag) {
        if (tag == "analyse" || tag == "inputs") // while they run, figures come and go
            request();
    });
    // A row that was just done, or is dropped for an edit, would not tell.
    connect(&context.session.jobs(), &Jobs::allCancelled, this, [this] {
        if (!m_context.session.jobs().isRunning(kHeatMapTag))
            return;
        m_stopped = true;
        m_panel->setStopped(!m_order.isEmpty());
    });
    connect(&context.selection, &QItemSelectionModel::selectionChanged, this,
            &HeatMapFeed::showSelection);
    connect(m_sight, &DockSight::changed, this, [this](bool inSight) {
        if (!inSight)
            m_context.session.jobs().retire(kHeatMapTag);
        m_lazy->request();
    });
    connect(panel, &HeatMapPanel::resumeRequested, this, [this] {
        m_stopped = false;
        refresh();
    });
    connect(panel->map(), &HeatMap::chosen, this, &HeatMapFeed::choose);
    connect(panel->map(), &HeatMap::cellTaken, this, &HeatMapFeed::take);
    clear();
}

void HeatMapFeed::clear()
{
    m_order.clear();
    forget();
    show();
}

/// The damages were others.
void HeatMapFeed::forget()
{
    m_context.session.jobs().retire(kHeatMapTag);
    m_options.clear();
    m_stopped = false;
    m_lazy->request();
}

HeatMapFeed::Columns HeatMapFeed::columnsOf(int slot) const
{
    const Session& session = m_context.session;
    Columns columns;
    for (const int bits : kKeyBits)
        columns.append(Offers::forKey(session.model(), session.recipe(), {slot}, bits));
    return columns;
}

HeatMapFeed::Options HeatMapFeed::optionsOf(int slot, const Columns& columns) const
{
    const Options before = m_options.value(slot);
    Options options;
    for (qsizetype column = 0; column < columns.size(); ++column) {
        if (!columns[column]) {
            options.append(std::nullopt);
            continue;
        }
        Option option{withScheme(m_context.session.choice(slot), columns[column]->toStdString()),
                      {}};
        const std::optional<Option> known = before.value(column, std::nullopt);
        if (known && known->choice == option.choice)
            option.damage = known->damage;
        else if (!option.choice.changesWeights())
            option.damage = 0;
        options.append(option);
    }
    return options;
}

void HeatMapFeed::refresh()
{
    if (!m_sight->inSight())
        return; // asked again when it comes into sight
    m_context.session.jobs().retire(kHeatMapTag);
    if (const auto& transforms = m_context.session.recipe().transforms;
        transforms != m_transforms) {
        m_transforms = transforms; // the damages were of other weights
        m_options.clear();
    }
    m_order.clear();
    if (m_context.session.isOpen() && m_context.measurements.hasSensitivity()) {
        const QModelIndexList rows = slotRows(m_context.layers);
        for (const QModelIndex& row : rows)
            if (row.data(QuantizableRole).toBool())
                m_order.append(row.data(SlotRole).toInt());
    }
    QHash<int64_t, Columns> byLength; // what is on offer depends on nothing else
    for (const int slot : std::as_const(m_order)) {
        const int64_t length = m_context.session.model().graph.slot(slot).columns;
        if (!byLength.contains(length))
            byLength[length] = columnsOf(slot);
        m_options[slot] = optionsOf(slot, byLength[length]);
    }
    show();
    if (!m_stopped && !m_context.session.jobs().isRunning("analyse"))
        fill();
}

void HeatMapFeed::show()
{
    QList<HeatRow> rows;
    for (const int slot : std::as_const(m_order)) {
        const QModelIndex index = m_context.layers.indexOf(slot);
        const QString group = index.parent().data().toString();
        HeatRow row{slot, LayerModel::tr("%1 %2").arg(group, index.data().toString()), group, {}};
        for (const std::optional<Option>& option : std::as_const(m_options[slot])) {
            HeatCell cell;
            if (option) {
                const QString scheme = QString::fromStdString(option->choice.scheme);
                cell.offered = true;
                cell.value = option->damage;
                cell.what = scheme.isEmpty() ? tr("stored") : scheme;
                cell.mark = markOf(m_context.session.choice(slot), option->choice);
            }
            row.cells.append(cell);
        }
        rows.append(row);
    }
    m_panel->map()->setRows(rows);
    m_panel->setStopped(m_stopped && !rows.isEmpty());
    showCaption();
    showSelection();
}

void HeatMapFeed::showCaption()
{
    const Session& session = m_context.session;
    const bool open = session.isOpen();
    const bool runnable = !open || session.model().runnable();
    m_panel->map()->setEmptySentence(
        runnable
            ? tr("Press F5 to measure; then this shows what each layer costs with 2 to 8 bits.")
            : Words::sentence(session.model().missing));
    if (m_order.isEmpty())
        return m_panel->setCaption({});
    m_panel->map()->setQuantity(Words::quantityTitle(session.model().graph.output));
    m_panel->setCaption(tr("Predicted for one layer alone. %1. ○ marks what it has; Return or a "
                           "double click changes it.")
                            .arg(datedMethod(m_context.analysis)));
}

std::optional<int> HeatMapFeed::nextRow() const
{
    const auto misses = [this](int slot) {
        const Options options = m_options.value(slot);
        return std::any_of(options.begin(), options.end(), [](const auto& option) {
            return option && !option->damage && !option->asked;
        });
    };
    for (const QList<int>& slotIndices : {m_context.selectedQuantizable(), m_order}) {
        const auto found = std::find_if(slotIndices.begin(), slotIndices.end(), misses);
        if (found != slotIndices.end())
            return *found;
    }
    return std::nullopt;
}

void HeatMapFeed::fill()
{
    const std::optional<int> slot = nextRow();
    if (!slot || !m_sight->inSight())
        return;
    auto work = [workbench = m_context.session.workbench(), slot = *slot,
                 options = m_options.value(*slot),
                 transforms = m_context.session.recipe().transforms,
                 at = static_cast<double>(m_order.indexOf(*slot)) /
                      static_cast<double>(m_order.size())](JobProgress& progress) {
        RowJob row{slot, {}, false};
        progress.report(at, workbench->model().graph.slot(slot).name);
        for (const std::optional<Option>& option : options) {
            row.damages.append(option ? option->damage : std::nullopt);
            if (!option || option->damage || progress.stopRequested() ||
                !workbench->calibration().canEncode(slot, option->choice) ||
                (!transforms.empty() && !workbench->calibration().inputs()))
                continue;
            const SlotError error = workbench->slotErrors().slotError(slot, option->choice, false,
                                                                      progress, transforms);
            if (error.hasDamage && !progress.stopRequested())
                row.damages.last() = error.damage;
        }
        row.stopped = progress.stopRequested();
        return row;
    };
    m_context.session.jobs().start({kHeatMapTag, tr("Heat map"), JobQueue::Follow}, this,
                                   std::move(work), [this](const RowJob& row) { receive(row); });
}

void HeatMapFeed::receive(const RowJob& found)
{
    const auto row = static_cast<int>(m_order.indexOf(found.slot));
    Options& options = m_options[found.slot];
    for (int column = 0; column < found.damages.size() && row >= 0; ++column) {
        if (!options[column])
            continue;
        options[column]->asked = !found.stopped;
        options[column]->damage = found.damages[column];
        HeatCell cell = m_panel->map()->rows()[row].cells[column];
        cell.value = found.damages[column];
        m_panel->map()->setCell(row, column, cell);
    }
    m_stopped = m_stopped || found.stopped;
    m_panel->setStopped(m_stopped);
    if (!m_stopped)
        fill();
}

void HeatMapFeed::showSelection()
{
    const QList<int> chosen = m_context.selectedSlots();
    m_panel->map()->setSelected(QSet<int>(chosen.begin(), chosen.end()));
}

void HeatMapFeed::choose(const QList<int>& slotIndices, bool add, bool toggle)
{
    QModelIndexList rows;
    for (const int slot : slotIndices)
        if (const QModelIndex row = m_context.layers.indexOf(slot); row.isValid())
            rows.append(row);
    if (rows.isEmpty())
        return;
    QItemSelectionModel::SelectionFlags flags = QItemSelectionModel::ClearAndSelect;
    if (add || toggle)
        flags = toggle ? QItemSelectionModel::Toggle : QItemSelectionModel::Select;
    m_context.selection.select(rowSelection(rows), flags);
    m_context.selection.setCurrentIndex(rows.last(), QItemSelectionModel::NoUpdate);
}

void HeatMapFeed::take(int slot, int column)
{
    const std::optional<Option> option = m_options.value(slot).value(column, std::nullopt);
    if (option)
        m_context.session.setScheme({slot}, QString::fromStdString(option->choice.scheme));
}

} // namespace bitloom
