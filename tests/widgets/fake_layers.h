// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/base/layer_roles.h"

#include <QStandardItemModel>

#include <cmath>

namespace bitloom {

/// A layer model with invented numbers: `blocks` groups of seven slots, after an embedding and
/// before a norm that cannot be quantized.
class FakeLayers : public QStandardItemModel {
public:
    explicit FakeLayers(int blocks = 3)
    {
        setColumnCount(LayerColumnCount);
        setHorizontalHeaderLabels({"name", "bits", "scheme", "method", "inputs", "sensitivity",
                                   "error", "size", "shape"});
        addSlot(invisibleRootItem(), "embedding", "token embedding", -1);
        static const char* const kNames[] = {"q", "k", "v", "out", "gate", "up", "down"};
        static const char* const kRoles[] = {
            "attention query",   "attention key",   "attention value",  "attention output",
            "feed-forward gate", "feed-forward up", "feed-forward down"};
        for (int block = 0; block < blocks; ++block) {
            QList<QStandardItem*> group;
            for (int column = 0; column < LayerColumnCount; ++column)
                group.append(new QStandardItem);
            group[0]->setText(QStringLiteral("block %1").arg(block));
            appendRow(group);
            for (int i = 0; i < 7; ++i)
                addSlot(group[0], kNames[i], kRoles[i], block);
        }
        addSlot(invisibleRootItem(), "norm", "norm", -1)->setData(false, QuantizableRole);
    }

    int slotCount() const { return m_next; }
    /// The slot's row, column 0.
    QModelIndex slot(int number) const { return m_slots.at(number)->index(); }
    void set(int number, const QVariant& value, int role)
    {
        m_slots.at(number)->setData(value, role);
        if (role == SensitivityRole)
            cell(number, SensitivityColumn)->setText(QString::number(value.toDouble(), 'g', 3));
    }
    void setInputs(int number, const QString& scheme)
    {
        cell(number, InputsColumn)->setText(scheme);
    }

private:
    QStandardItem* cell(int number, int column) const
    {
        const QModelIndex index = m_slots.at(number)->index().siblingAtColumn(column);
        return itemFromIndex(index);
    }

    QStandardItem* addSlot(QStandardItem* parent, const QString& name, const QString& role,
                           int block)
    {
        const int number = m_next++;
        const double size = 4096.0 * (1 + number % 5);
        QList<QStandardItem*> row;
        for (const QString& text :
             {name, QStringLiteral("4.5"), QStringLiteral("int4-g32-sym"), QStringLiteral("mse"),
              QString(), QString(), QStringLiteral("%1 %").arg(1 + number % 7),
              QStringLiteral("%1 KiB").arg(size / 1024), QStringLiteral("64 × 172")}) {
            row.append(new QStandardItem(text));
            row.last()->setEditable(false);
        }
        QStandardItem* item = row[0];
        item->setData(number, SlotRole);
        item->setData(role, KindRole);
        item->setData(block, BlockRole);
        item->setData(qint64(64 * 172), WeightsRole);
        item->setData(4.5, BitsRole);
        item->setData(QStringLiteral("int4-g32-sym"), SchemeRole);
        item->setData(qint64(size), SizeRole);
        item->setData(0.01 * (1 + number % 7), ErrorRole);
        item->setData(false, LockedRole);
        item->setData(true, QuantizableRole);
        parent->appendRow(row);
        m_slots.append(item);
        return item;
    }

    QList<QStandardItem*> m_slots;
    int m_next = 0;
};

/// Gives every quantizable slot a sensitivity.
inline void fillSensitivity(FakeLayers& layers)
{
    for (int i = 0; i + 1 < layers.slotCount(); ++i)
        layers.set(i, 0.0002 * (1 + (i * 7) % 11) * (i % 7 == 0 ? 3 : 1), SensitivityRole);
}

} // namespace bitloom
