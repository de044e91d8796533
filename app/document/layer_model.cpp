// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/layer_model.h"

#include "app/words/fit_words.h"
#include "app/words/glossary.h"
#include "app/words/words.h"
#include "core/quantize/corrections/correction.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace bitloom {

namespace {

/// Internal id of a group row; slot rows carry the number of their group.
constexpr quintptr kGroupId = static_cast<quintptr>(-1);

/// The first step that lies in a block; the number of steps where there is none.
int firstBlockStep(const Graph& graph)
{
    if (!graph.runnable())
        return 0;
    const std::vector<Step>& steps = graph.programs.front().steps;
    const auto found =
        std::find_if(steps.begin(), steps.end(), [](const Step& step) { return step.block >= 0; });
    return static_cast<int>(found - steps.begin());
}

QString methodText(const SlotChoice& choice)
{
    if (choice.scheme.empty())
        return {};
    std::string text = choice.methodText();
    if (choice.correction)
        text += " + " + correctionTitle(*choice.correction);
    return QString::fromStdString(text);
}

/// Whether it is read before the blocks; a tied table counts there, too.
bool isBeforeBlocks(const Slot& slot, int firstBlock)
{
    return slot.role == Role::TokenEmbedding || slot.role == Role::PositionEmbedding ||
           slot.role == Role::TypeEmbedding ||
           (!slot.uses.empty() && slot.uses.front() < firstBlock);
}

bool isAfterBlocks(const Slot& slot)
{
    return !slot.uses.empty() || slot.role == Role::OutputHead || slot.role == Role::Norm ||
           slot.role == Role::Bias;
}

QString groupTitle(const Slot& slot, int firstBlock)
{
    if (slot.block >= 0)
        return LayerModel::tr("block %1").arg(slot.block);
    if (isBeforeBlocks(slot, firstBlock))
        return LayerModel::tr("embed");
    return isAfterBlocks(slot) ? LayerModel::tr("head") : LayerModel::tr("other");
}

/// Groups stand in the order in which the network computes; what it never reads comes last.
int64_t groupOrder(const Slot& slot, int firstBlock)
{
    constexpr int64_t kAfterBlocks = int64_t{1} << 40;
    if (slot.block >= 0)
        return 1 + slot.block;
    if (isBeforeBlocks(slot, firstBlock))
        return 0;
    return isAfterBlocks(slot) ? kAfterBlocks : kAfterBlocks + 1;
}

QString columnTitle(int column)
{
    switch (column) {
    case NameColumn:
        return LayerModel::tr("Layer");
    case BitsColumn:
        return LayerModel::tr("Bits");
    case SchemeColumn:
        return LayerModel::tr("Scheme");
    case MethodColumn:
        return LayerModel::tr("Method");
    case InputsColumn:
        return LayerModel::tr("Inputs");
    case SensitivityColumn:
        return LayerModel::tr("Sensitivity");
    case ErrorColumn:
        return LayerModel::tr("Error");
    case SizeColumn:
        return LayerModel::tr("Size");
    case ShapeColumn:
        return LayerModel::tr("Shape");
    default:
        return {};
    }
}

QString columnHelp(int column, OutputKind output)
{
    switch (column) {
    case NameColumn:
        return LayerModel::tr("Layers in the order of the network; a lock marks what a fit leaves "
                              "alone");
    case BitsColumn:
        return LayerModel::tr("Stored bits per weight, scales and padding included");
    case SchemeColumn:
        return LayerModel::tr("How the weights are stored; bold where the last fit changed it");
    case MethodColumn:
        return LayerModel::tr("How the codes are chosen");
    case InputsColumn:
        return LayerModel::tr("How what the layer multiplies with is quantized while it runs");
    case SensitivityColumn:
        return LayerModel::tr("What int4-g32-sym in this layer alone is expected to cost: %1")
            .arg(Words::quantityTitle(output));
    case ErrorColumn:
        return LayerModel::tr("Relative error of the weights as they would be stored: |ΔW| / |W|");
    case SizeColumn:
        return LayerModel::tr("Stored bytes");
    case ShapeColumn:
        return LayerModel::tr("Output features × input features");
    default:
        return columnTitle(column);
    }
}

bool isNumber(int column)
{
    return column == BitsColumn || column >= SensitivityColumn;
}

/// Invalid: not known (layer_roles.h).
QVariant known(const std::optional<double>& value)
{
    return value ? QVariant(*value) : QVariant();
}

/// Without the block's own prefix, which the group row says already.
QString shortName(const Slot& slot)
{
    QString name = QString::fromStdString(slot.name);
    if (slot.block < 0)
        return name;
    const QString number = "." + QString::number(slot.block) + ".";
    const qsizetype at = name.indexOf(number);
    return at < 0 ? name : name.mid(at + number.size());
}

} // namespace

LayerModel::LayerModel(Session& session, Measurements& measurements, QObject* parent)
    : QAbstractItemModel(parent)
    , m_session(session)
    , m_measurements(measurements)
{
    connect(&session, &Session::aboutToOpen, this, &LayerModel::clear);
    connect(&session, &Session::opened, this, &LayerModel::rebuild);
    connect(&session, &Session::choicesChanged, this, &LayerModel::refresh);
    connect(&measurements, &Measurements::slotsChanged, this, &LayerModel::refresh);
    connect(&measurements, &Measurements::sourceChanged, this, [this] {
        Q_EMIT headerDataChanged(Qt::Horizontal, SensitivityColumn, SensitivityColumn);
    });
    if (session.isOpen())
        rebuild();
}

const Slot& LayerModel::slotAt(int slot) const
{
    return m_session.model().graph.slot(slot);
}

QList<LayerModel::Group> LayerModel::groupsOf(const Graph& graph) const
{
    QList<int> order(static_cast<qsizetype>(graph.slots.size()));
    std::iota(order.begin(), order.end(), 0);
    const int firstBlock = firstBlockStep(graph);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
        return groupOrder(slotAt(a), firstBlock) < groupOrder(slotAt(b), firstBlock);
    });
    QList<Group> groups;
    for (const int slot : std::as_const(order)) {
        const QString title = groupTitle(slotAt(slot), firstBlock);
        auto found = std::find_if(groups.begin(), groups.end(),
                                  [&](const Group& group) { return group.title == title; });
        if (found == groups.end())
            found = groups.insert(groups.end(), {title, {}});
        found->members.append(slot);
    }
    return groups;
}

void LayerModel::rebuild()
{
    show(groupsOf(m_session.model().graph));
}

void LayerModel::show(QList<Group> groups)
{
    beginResetModel();
    m_groups = std::move(groups);
    qsizetype count = 0;
    for (const Group& group : std::as_const(m_groups))
        count += group.members.size();
    m_groupOf.fill(0, count);
    m_rowOf.fill(0, count);
    for (int group = 0; group < m_groups.size(); ++group) {
        const QList<int>& members = m_groups[group].members;
        for (int row = 0; row < members.size(); ++row) {
            m_groupOf[members[row]] = group;
            m_rowOf[members[row]] = row;
        }
    }
    endResetModel();
}

void LayerModel::refresh(const QList<int>& slotIndices)
{
    for (const int slot : slotIndices) {
        const QModelIndex index = indexOf(slot);
        if (!index.isValid())
            continue;
        Q_EMIT dataChanged(index, index.siblingAtColumn(LayerColumnCount - 1));
        const QModelIndex group = index.parent();
        Q_EMIT dataChanged(group, group.siblingAtColumn(LayerColumnCount - 1));
    }
}

QModelIndex LayerModel::indexOf(int slot) const
{
    if (slot < 0 || slot >= m_rowOf.size())
        return {};
    return createIndex(m_rowOf[slot], 0, static_cast<quintptr>(m_groupOf[slot]));
}

QModelIndex LayerModel::index(int row, int column, const QModelIndex& parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    return createIndex(row, column,
                       parent.isValid() ? static_cast<quintptr>(parent.row()) : kGroupId);
}

QModelIndex LayerModel::parent(const QModelIndex& child) const
{
    if (!child.isValid() || child.internalId() == kGroupId)
        return {};
    return createIndex(static_cast<int>(child.internalId()), 0, kGroupId);
}

int LayerModel::rowCount(const QModelIndex& parent) const
{
    if (!parent.isValid())
        return static_cast<int>(m_groups.size());
    if (parent.internalId() != kGroupId || parent.column() != 0)
        return 0;
    return static_cast<int>(m_groups[parent.row()].members.size());
}

int LayerModel::columnCount(const QModelIndex& parent) const
{
    return parent.column() > 0 ? 0 : LayerColumnCount;
}

QVariant LayerModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    const bool stale = section == SensitivityColumn && m_measurements.isSensitivityStale();
    if (role == Qt::DisplayRole)
        return stale ? tr("Sensitivity (old text)") : columnTitle(section);
    if (role == Qt::WhatsThisRole)
        return withGlossaryLinks(headerData(section, orientation, Qt::ToolTipRole).toString());
    if (role == Qt::ToolTipRole) {
        const QString help = columnHelp(section, m_session.isOpen() ? m_session.model().graph.output
                                                                    : OutputKind::NextToken);
        const QString source = m_measurements.sensitivitySource();
        if (section != SensitivityColumn || source.isEmpty())
            return help;
        return help + '\n' +
               (stale ? tr("%1, not of the text chosen now; analyse again").arg(source) : source);
    }
    if (role == Qt::TextAlignmentRole && isNumber(section))
        return QVariant(Qt::AlignRight | Qt::AlignVCenter);
    return {};
}

Qt::ItemFlags LayerModel::flags(const QModelIndex& index) const
{
    return index.isValid() ? Qt::ItemIsEnabled | Qt::ItemIsSelectable : Qt::NoItemFlags;
}

QVariant LayerModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    try {
        return dataOf(index, role);
    } catch (const std::exception& error) { // a view that paints can let nothing pass
        qCritical("a layer cannot be shown: %s", error.what());
        return {};
    }
}

QVariant LayerModel::dataOf(const QModelIndex& index, int role) const
{
    if (role == Qt::WhatsThisRole)
        return headerData(index.column(), Qt::Horizontal, role);
    if (role == Qt::TextAlignmentRole)
        return isNumber(index.column()) ? QVariant(Qt::AlignRight | Qt::AlignVCenter) : QVariant();
    if (index.internalId() == kGroupId)
        return groupData(m_groups[index.row()], index.column(), role);
    const int group = static_cast<int>(index.internalId());
    return slotData(m_groups[group].members[index.row()], index.column(), role);
}

QVariant LayerModel::slotData(int slot, int column, int role) const
{
    if (role == Qt::DisplayRole)
        return slotText(slot, column);
    if (role == Qt::ToolTipRole)
        return slotHelp(slot, column);
    return slotRole(slot, role);
}

QVariant LayerModel::slotHelp(int slot, int column) const
{
    if (column == NameColumn)
        return QString::fromStdString(slotAt(slot).name);
    if (column != BitsColumn && column != SchemeColumn)
        return {};
    QStringList lines{FitWords::limits(m_session.choice(slot).fit)};
    if (const std::optional<FitReason> reason = m_measurements.reason(slot))
        lines.prepend(FitWords::why(*reason, m_session.model().graph.output));
    lines.removeAll(QString());
    return lines.join(u'\n');
}

QVariant LayerModel::slotRole(int slot, int role) const
{
    const Slot& entry = slotAt(slot);
    const SlotChoice& choice = m_session.choice(slot);
    const std::optional<SlotError> error = m_measurements.error(slot);
    switch (role) {
    case SlotRole:
        return slot;
    case KindRole: {
        const std::string_view name = roleName(entry.role);
        return QString::fromUtf8(name);
    }
    case BlockRole:
        return entry.block;
    case WeightsRole:
        return static_cast<qint64>(entry.weights());
    case BitsRole:
        return 8.0 *
               static_cast<double>(slotBytes(m_session.model(), entry, m_session.storedScheme(slot),
                                             choice.correction)) /
               static_cast<double>(std::max<int64_t>(1, entry.weights()));
    case SchemeRole:
        return QString::fromStdString(choice.scheme);
    case MethodRole:
        return methodText(choice);
    case SensitivityRole:
        return known(m_measurements.sensitivity(slot));
    case MetricRole:
        return known(m_measurements.metricDamage(slot));
    case DamageRole:
        return error && error->hasDamage && entry.quantizable ? QVariant(error->damage)
                                                              : QVariant();
    case ErrorRole:
        return error && entry.quantizable ? QVariant(error->relative) : QVariant();
    case SizeRole:
        return static_cast<qint64>(
            slotBytes(m_session.model(), entry, m_session.storedScheme(slot), choice.correction));
    case LockedRole:
        return choice.fit.locked;
    case QuantizableRole:
        return entry.quantizable;
    case ChangedByFitRole:
        return m_session.changedByFit().contains(slot);
    default:
        return {};
    }
}

QString LayerModel::slotText(int slot, int column) const
{
    const Slot& entry = slotAt(slot);
    switch (column) {
    case NameColumn:
        return shortName(entry);
    case BitsColumn:
        return Words::bits(slotRole(slot, BitsRole).toDouble());
    case SchemeColumn:
        return m_session.choice(slot).scheme.empty()
                   ? QString::fromStdString(m_session.model().storedOf(entry).type)
                   : slotRole(slot, SchemeRole).toString();
    case MethodColumn:
        return slotRole(slot, MethodRole).toString();
    case InputsColumn:
        return m_session.activationScheme(slot);
    case SensitivityColumn: {
        const QVariant value = slotRole(slot, SensitivityRole);
        return value.isValid() ? Words::nats(value.toDouble()) : QString();
    }
    case ErrorColumn: {
        const std::optional<SlotError> error = m_measurements.error(slot);
        if (!error || !m_session.choice(slot).changesWeights())
            return {};
        return (error->sampled ? QStringLiteral("≈ ") : QString()) +
               Words::percent(error->relative);
    }
    case SizeColumn:
        return Words::bytes(slotRole(slot, SizeRole).toLongLong());
    case ShapeColumn:
        return tr("%1 × %2").arg(entry.rows).arg(entry.columns);
    default:
        return {};
    }
}

double LayerModel::groupSum(const Group& group, int role) const
{
    double sum = 0;
    for (const int slot : group.members)
        sum += slotRole(slot, role).toDouble();
    return sum;
}

QVariant LayerModel::groupData(const Group& group, int column, int role) const
{
    const double weights = groupSum(group, WeightsRole);
    const double bits = 8 * groupSum(group, SizeRole) / std::max(1.0, weights);
    switch (role) {
    case BlockRole:
        return slotAt(group.members.first()).block;
    case WeightsRole:
        return static_cast<qint64>(weights);
    case SizeRole:
        return static_cast<qint64>(groupSum(group, SizeRole));
    case BitsRole:
        return bits;
    case Qt::DisplayRole:
        break;
    default:
        return {};
    }
    if (column == NameColumn)
        return group.title;
    if (column == BitsColumn)
        return Words::bits(bits);
    return column == SizeColumn ? Words::bytes(static_cast<qint64>(groupSum(group, SizeRole)))
                                : QVariant();
}

} // namespace bitloom
