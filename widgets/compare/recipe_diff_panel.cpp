// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/compare/recipe_diff_panel.h"

#include "widgets/base/compare_table.h"
#include "widgets/base/elided_combo.h"
#include "widgets/base/scrolling_layout.h"
#include "widgets/base/wrapped_label.h"

#include <QAction>
#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include <limits>

namespace bitloom {

namespace {

constexpr int kIdRole = Qt::UserRole + 1;
constexpr int kNumberRole = Qt::UserRole + 2;
enum DiffColumn { ChangedColumn, AColumn, BColumn, BytesColumn, DamageColumn, ColumnCount };

/// Sorts by its number.
class FigureItem : public QTableWidgetItem {
public:
    explicit FigureItem(const SortedFigure& figure)
        : QTableWidgetItem(figure.text)
    {
        setData(kNumberRole, figure.value.value_or(std::numeric_limits<double>::infinity()));
        setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
    }
    bool operator<(const QTableWidgetItem& other) const override
    {
        return data(kNumberRole).toDouble() < other.data(kNumberRole).toDouble();
    }
};

/// Whether a list has these entries already, before the one for files.
bool offers(const QComboBox& combo, const QList<RecipeEntry>& recipes)
{
    bool same = combo.count() == recipes.size() + 1;
    for (int row = 0; same && row < recipes.size(); ++row)
        same = combo.itemData(row) == recipes[row].id && combo.itemText(row) == recipes[row].title;
    return same;
}

QString nameOf(RecipeDiffPanel::Side side)
{
    return side == RecipeDiffPanel::A ? QStringLiteral("A") : QStringLiteral("B");
}

} // namespace

RecipeDiffPanel::RecipeDiffPanel(QWidget* parent)
    : QWidget(parent)
    , m_summary(new WrappedLabel(this))
    , m_table(new CompareTable(QStringLiteral("recipeDiffTable"), tr("What the recipes differ in"),
                               {tr("Layer"), tr("A"), tr("B"), tr("Size"), tr("Predicted")}, this))
{
    setObjectName(QStringLiteral("recipeDiffPanel"));
    setAccessibleName(tr("Recipes"));
    m_summary->setObjectName(QStringLiteral("recipeDiffSummary"));
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(ChangedColumn, Qt::AscendingOrder);
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    m_table->horizontalHeaderItem(BytesColumn)->setToolTip(tr("Stored bytes: B minus A"));
    m_table->setContextMenuPolicy(Qt::ActionsContextMenu);
    auto* csv = new QAction(tr("Export table (CSV)…"), m_table);
    connect(csv, &QAction::triggered, this, [this] {
        emit exportRequested(QStringLiteral("recipes.csv"), table().csv().toUtf8());
    });
    m_table->addAction(csv);
    connect(m_table, &QTableWidget::itemSelectionChanged, this, [this] {
        showButtons();
        emit rowsChosen(chosenRows());
    });
    auto* recipes = new QHBoxLayout;
    auto* buttons = new QHBoxLayout;
    for (const Side side : {A, B}) {
        m_recipes[side] = makeCombo(side);
        m_take[side] = makeButton(side);
        auto* label = new QLabel(nameOf(side), this);
        label->setBuddy(m_recipes[side]);
        recipes->addWidget(label);
        recipes->addWidget(m_recipes[side], 1);
        buttons->addWidget(m_take[side]);
    }
    buttons->addStretch();
    QVBoxLayout* layout = scrollingLayout(this);
    layout->addLayout(recipes);
    layout->addWidget(m_summary);
    layout->addWidget(m_table, 1);
    layout->addLayout(buttons);
    setRows({}, {});
    setSummary({});
}

QComboBox* RecipeDiffPanel::makeCombo(Side side)
{
    auto* combo = new ElidedCombo(this);
    combo->setObjectName(QStringLiteral("recipe") + nameOf(side));
    combo->setAccessibleName(tr("Recipe %1").arg(nameOf(side)));
    connect(combo, &QComboBox::activated, this, [this, side](int row) { activated(side, row); });
    return combo;
}

QPushButton* RecipeDiffPanel::makeButton(Side side)
{
    auto* button = new QPushButton(side == A ? tr("Take A") : tr("Take B"), this);
    button->setObjectName(QStringLiteral("take") + nameOf(side));
    button->setAccessibleName(tr("Take the choices of %1 for the chosen layers").arg(nameOf(side)));
    button->setToolTip(
        tr("Gives the chosen layers of the current recipe what %1 has").arg(nameOf(side)));
    button->setEnabled(false);
    connect(button, &QPushButton::clicked, this,
            [this, side] { emit takeRequested(side, chosenRows()); });
    return button;
}

void RecipeDiffPanel::activated(Side side, int row)
{
    if (m_recipes[side]->itemData(row).toString().isEmpty()) {
        choose(side, m_before[side]);
        emit fileRequested(side);
        return;
    }
    m_before[side] = chosen(side);
    emit asked();
}

void RecipeDiffPanel::setRecipes(const QList<RecipeEntry>& recipes)
{
    if (offers(*m_recipes[A], recipes))
        return; // an open list stays open
    for (const Side side : {A, B}) {
        const QString before = chosen(side);
        QComboBox* combo = m_recipes[side];
        combo->clear();
        for (const RecipeEntry& recipe : recipes)
            combo->addItem(recipe.title, recipe.id);
        combo->addItem(tr("From a file…"), QString());
        const int kept = before.isEmpty() ? -1 : combo->findData(before);
        const int otherwise = side == A ? 0 : static_cast<int>(recipes.size()) - 1;
        combo->setCurrentIndex(recipes.isEmpty() ? -1 : kept >= 0 ? kept : otherwise);
        combo->setEnabled(!recipes.isEmpty());
        m_before[side] = chosen(side);
    }
}

void RecipeDiffPanel::choose(Side side, const QString& id)
{
    m_recipes[side]->setCurrentIndex(m_recipes[side]->findData(id));
    m_before[side] = id;
}

QString RecipeDiffPanel::chosen(Side side) const
{
    return m_recipes[side]->currentData().toString();
}

void RecipeDiffPanel::setRows(const QList<RecipeDiffRow>& rows, const QString& damage)
{
    const QSignalBlocker quiet(m_table);
    m_table->horizontalHeaderItem(DamageColumn)
        ->setToolTip(tr("Predicted %1: B minus A").arg(damage));
    m_table->setSortingEnabled(false); // rows must not move while they are filled
    m_table->setRowCount(0);
    m_table->setRowCount(static_cast<int>(rows.size()));
    for (int row = 0; row < m_table->rowCount(); ++row) {
        m_table->put(row, ChangedColumn, rows[row].layer);
        m_table->item(row, ChangedColumn)->setData(kIdRole, rows[row].id);
        m_table->put(row, AColumn, rows[row].a);
        m_table->put(row, BColumn, rows[row].b);
        m_table->setItem(row, BytesColumn, new FigureItem(rows[row].bytes));
        m_table->setItem(row, DamageColumn, new FigureItem(rows[row].damage));
    }
    m_table->setSortingEnabled(true);
    showButtons();
}

void RecipeDiffPanel::setSummary(const QString& text)
{
    m_summary->setText(text);
    m_summary->setVisible(!text.isEmpty());
    m_table->setAccessibleDescription(text);
}

void RecipeDiffPanel::setEmptyText(const QString& text)
{
    m_table->setEmptyText(text);
    m_table->viewport()->update();
}

void RecipeDiffPanel::setSelected(const QSet<int>& ids)
{
    const QSignalBlocker quiet(m_table);
    QItemSelection selection;
    for (int row = 0; row < m_table->rowCount(); ++row)
        if (ids.contains(m_table->item(row, ChangedColumn)->data(kIdRole).toInt()))
            selection.select(m_table->model()->index(row, 0),
                             m_table->model()->index(row, ColumnCount - 1));
    m_table->selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect);
    showButtons();
}

void RecipeDiffPanel::setTakeable(Side side, bool takeable)
{
    m_takeable[side] = takeable;
    showButtons();
}

QList<int> RecipeDiffPanel::chosenRows() const
{
    QList<int> ids;
    const QModelIndexList rows = m_table->selectionModel()->selectedRows(ChangedColumn);
    for (const QModelIndex& row : rows)
        ids.append(row.data(kIdRole).toInt());
    return ids;
}

void RecipeDiffPanel::showButtons()
{
    const bool any = m_table->selectionModel()->hasSelection();
    for (const Side side : {A, B})
        m_take[side]->setEnabled(any && m_takeable[side]);
}

TextTable RecipeDiffPanel::table() const
{
    TextTable result;
    for (int column = 0; column < ColumnCount; ++column)
        result.header.append(m_table->horizontalHeaderItem(column)->text());
    for (int row = 0; row < m_table->rowCount(); ++row) {
        QStringList cells;
        for (int column = 0; column < ColumnCount; ++column)
            cells.append(m_table->item(row, column)->text());
        result.rows.append(cells);
    }
    return result;
}

} // namespace bitloom
