// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/compare/compare_classes.h"

#include "widgets/base/compare_table.h"
#include "widgets/base/figures.h"
#include "widgets/base/plot_style.h"

#include <QHeaderView>
#include <QLocale>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include <algorithm>

namespace bitloom {

namespace {

enum Column { LabelColumn, OriginalColumn, QuantizedColumn };
constexpr int kProbabilityRole = Qt::UserRole;
constexpr int kShareBarHeight = 4; // pixels

/// A bar below the number, as long as the probability is large.
class ShareDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        return QStyledItemDelegate::sizeHint(option, index) + QSize(0, 3 * kShareBarHeight);
    }
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override
    {
        QStyledItemDelegate::paint(painter, option, index);
        const QVariant share = index.data(kProbabilityRole);
        if (!share.isValid())
            return;
        const PlotStyle style = PlotStyle::of(option.palette);
        QRect bar = option.rect.adjusted(4, 0, -4, -1);
        bar.setTop(bar.bottom() - kShareBarHeight + 1);
        painter->fillRect(bar, style.grid);
        bar.setWidth(static_cast<int>(bar.width() * std::clamp(share.toDouble(), 0.0, 1.0)));
        painter->fillRect(bar, index.column() == OriginalColumn ? style.original : style.quantized);
    }
};

qsizetype likeliest(const QList<double>& probabilities)
{
    return std::max_element(probabilities.begin(), probabilities.end()) - probabilities.begin();
}

} // namespace

CompareClasses::CompareClasses(QWidget* parent)
    : CompareView(parent)
    , m_table(new CompareTable(QStringLiteral("classTable"), tr("Probability of every class"),
                               {tr("class"), tr("original"), tr("quantized")}, this))
{
    setObjectName(QStringLiteral("compareClasses"));
    m_table->setItemDelegate(new ShareDelegate(m_table));
    m_table->setEmptyText(tr("Run shows the probability of every class."));
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_table);
}

void CompareClasses::setLabels(const QStringList& labels)
{
    m_labels = labels;
    clear();
}

void CompareClasses::setOriginal(const QList<double>& probabilities)
{
    m_original = probabilities;
    showRows();
}

void CompareClasses::setQuantized(const QList<double>& probabilities)
{
    m_quantized = probabilities;
    showRows();
}

void CompareClasses::clear()
{
    m_original.clear();
    m_quantized.clear();
    showRows();
}

QString CompareClasses::label(int index) const
{
    return m_labels.value(index, tr("class %1").arg(index));
}

void CompareClasses::showRows()
{
    const qsizetype rows = std::max(m_original.size(), m_quantized.size());
    m_table->setRowCount(static_cast<int>(rows));
    for (int row = 0; row < m_table->rowCount(); ++row)
        m_table->put(row, LabelColumn, label(row));
    showSide(OriginalColumn, m_original);
    showSide(QuantizedColumn, m_quantized);
    emit changed();
}

void CompareClasses::showSide(int column, const QList<double>& probabilities)
{
    const qsizetype top = likeliest(probabilities);
    for (int row = 0; row < static_cast<int>(probabilities.size()); ++row) {
        const QString share = tr("%1 %").arg(plainFigureTo(100 * probabilities[row], 1));
        m_table->put(row, column, row == top ? tr("● %1").arg(share) : share, true);
        QTableWidgetItem* cell = m_table->item(row, column);
        cell->setData(kProbabilityRole, probabilities[row]);
        QFont font = m_table->font();
        font.setBold(row == top);
        cell->setFont(font);
        cell->setToolTip(row == top ? tr("Most likely") : QString());
    }
}

QString CompareClasses::promptHint() const
{
    return tr("A sentence, put into a class by both models");
}

QString CompareClasses::summary(bool) const
{
    if (m_original.isEmpty() || m_quantized.isEmpty())
        return {};
    const int before = static_cast<int>(likeliest(m_original));
    const int after = static_cast<int>(likeliest(m_quantized));
    if (before == after)
        return tr("Both find %1 most likely.").arg(label(before));
    return tr("The class changes: %1 quantized, %2 by the original.")
        .arg(label(after), label(before));
}

} // namespace bitloom
